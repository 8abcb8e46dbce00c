// Draws charts when they come into view; sorts and filters tables; lets the reader choose cells
// and trials. No network, no state.
(() => {
  "use strict";
  const data = JSON.parse(document.getElementById("data").textContent);
  const boxes = [...document.querySelectorAll("[data-chart]")];
  const PANEL_MARGIN = 110;
  const NARROW = 400;
  const HALF = 640;

  // Charts.

  const tooltip = document.createElement("div");
  tooltip.id = "tooltip";
  tooltip.hidden = true;
  document.body.append(tooltip);

  function showTooltip(_, event, item, value) {
    tooltip.hidden = value === null || value === undefined || value === "";
    if (tooltip.hidden) return;
    const list = document.createElement("dl");
    for (const [name, text] of Object.entries(value)) {
      const term = document.createElement("dt");
      const description = document.createElement("dd");
      term.textContent = name;
      description.textContent = text;
      list.append(term, description);
    }
    tooltip.replaceChildren(list);
    const { clientX: x, clientY: y } = event;
    const { width, height } = tooltip.getBoundingClientRect();
    tooltip.style.left = `${Math.max(4, Math.min(x + 14, innerWidth - width - 8))}px`;
    tooltip.style.top = `${y + 14 + height > innerHeight ? Math.max(4, y - height - 10) : y + 14}px`;
  }

  // Channels of a chart or of its layers that have a legend of several columns.
  function* wideLegends(spec) {
    for (const { encoding } of spec.layer ?? [spec]) {
      for (const { legend } of Object.values(encoding ?? {})) if (legend?.columns) yield legend;
    }
  }

  // A copy of the definition as wide as there is room, never wider than it was defined.
  function fitted(chart, room) {
    const spec = { ...structuredClone(chart.spec), config: data.config };
    if (spec.vconcat) {
      for (const panel of spec.vconcat) panel.width = Math.max(120, Math.min(panel.width, room - PANEL_MARGIN));
    } else if (chart.fluid) {
      spec.autosize = { type: "fit-x", contains: "padding" };
      if (room < HALF) for (const legend of wideLegends(spec)) legend.columns = room < NARROW ? 1 : 2;
      spec.width = Math.max(260, Math.min(room, spec.width + 180));
    }
    return spec;
  }

  // vegaEmbed needs no more than microtasks, so a chart is there when the caller's event is over.
  async function draw(box) {
    const room = box.parentElement.clientWidth;
    if (!room || box.drawnAt === room) return;
    box.drawnAt = room;
    box.view?.finalize();
    try {
      const options = { actions: false, defaultStyle: false, renderer: "svg", tooltip: showTooltip };
      const drawn = await vegaEmbed(box, fitted(data.charts[box.dataset.chart], room), options);
      box.view = drawn.view;
      // Its name is on the box; hundreds of nameless shapes within would only be noise.
      box.querySelector("svg").setAttribute("aria-hidden", "true");
    } catch (error) {
      box.textContent = `This chart could not be drawn: ${error.message}`;
      box.classList.add("error");
      console.error(error);
    }
    const scroll = box.parentElement;
    if (scroll.scrollWidth > scroll.clientWidth) scroll.tabIndex = 0;
    else scroll.removeAttribute("tabindex");
  }

  function redraw(key) {
    const box = boxes.find((item) => item.dataset.chart === key);
    if (!box) return;
    box.drawnAt = 0;
    draw(box);
  }

  const visible = new Set();
  const observer = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) {
        visible[isIntersecting ? "add" : "delete"](target);
        if (isIntersecting) draw(target);
      }
    },
    { rootMargin: "400px" },
  );
  boxes.forEach((box) => observer.observe(box));
  let resizing = 0;
  addEventListener("resize", () => {
    clearTimeout(resizing);
    resizing = setTimeout(() => visible.forEach(draw), 120);
  });

  function openAll() {
    document.querySelectorAll("details.group").forEach((item) => (item.open = true));
    boxes.filter((box) => !box.view).forEach(draw);
  }
  addEventListener("beforeprint", openAll);

  // A link to a chart that is folded away opens it.
  function unfold() {
    const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const group = target && target.closest("details");
    if (!group || group.open) return;
    group.open = true;
    target.scrollIntoView();
  }
  addEventListener("hashchange", unfold);
  unfold();

  // What the reader chooses.

  function exchange(choice, rows, alt) {
    const chart = data.charts[choice.chart];
    chart.spec.datasets[choice.dataset] = rows;
    const box = boxes.find((item) => item.dataset.chart === choice.chart);
    box.setAttribute("aria-label", alt);
    redraw(choice.chart);
  }

  document.getElementById("curve-choices")?.addEventListener("change", (event) => {
    const chosen = [...event.currentTarget.querySelectorAll("input:checked")].map((box) => data.curves.items[box.value]);
    const names = chosen.map((item) => item.name);
    for (const { encoding } of data.charts[data.curves.chart].spec.layer) {
      for (const channel of [encoding.color, encoding.strokeDash]) if (channel) channel.scale.domain = names;
    }
    exchange(data.curves, chosen.flatMap((item) => item.rows), `Percentile curves of lateness: ${names.join("; ") || "none chosen"}`);
  });

  const panels = data.charts[data.series?.chart]?.spec.vconcat;
  document.getElementById("series-choice")?.addEventListener("change", (event) => {
    const { name, t, columns } = data.series.items[event.target.value];
    const known = Object.keys(columns).filter((key) => columns[key]);
    const rows = t.map((second, at) => ({ t: second, ...Object.fromEntries(known.map((key) => [key, columns[key][at]])) }));
    data.charts[data.series.chart].spec.vconcat = panels.filter((panel) => known.includes(panel.name));
    event.target.closest("figure").querySelector("h4").textContent = `Time series of ${name}`;
    exchange(data.series, rows, `Time series of ${name}`);
  });

  // Tables.

  function sortBy(heading) {
    const table = heading.closest("table");
    const column = [...heading.parentElement.children].indexOf(heading);
    const numeric = heading.classList.contains("number");
    const up = heading.getAttribute("aria-sort") !== "ascending";
    const key = (row) => {
      const field = row.cells[column];
      if (!numeric) return field.textContent;
      return field.dataset.sort === undefined ? NaN : Number(field.dataset.sort);
    };
    const rows = [...table.tBodies[0].rows].map((row) => [key(row), row]);
    rows.sort(([a], [b]) => {
      if (!numeric) return (up ? 1 : -1) * a.localeCompare(b, "en", { numeric: true });
      // Unknown values stay last whichever way the others go.
      if (Number.isNaN(a) || Number.isNaN(b)) return Number.isNaN(a) - Number.isNaN(b);
      return up ? a - b : b - a;
    });
    table.tBodies[0].append(...rows.map(([, row]) => row));
    for (const other of heading.parentElement.children) other.removeAttribute("aria-sort");
    heading.setAttribute("aria-sort", up ? "ascending" : "descending");
  }
  for (const table of document.querySelectorAll("table.sortable")) {
    table.tHead.addEventListener("click", (event) => {
      const heading = event.target.closest("th");
      if (heading) sortBy(heading);
    });
  }

  document.getElementById("filter")?.addEventListener("input", (event) => {
    const words = event.target.value.toLowerCase().split(/\s+/).filter(Boolean);
    const rows = [...document.querySelectorAll("#numbers-table tbody tr")];
    for (const row of rows) {
      const text = row.cells[0].textContent.toLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
    }
    const shown = rows.filter((row) => !row.hidden).length;
    document.getElementById("filter-count").textContent = `${shown} of ${rows.length} cells`;
  });
})();
