// Draws charts when they come into view; sorts tables; lets the reader choose cells and trials. No
// network; what is chosen is in the address. Only what draws waits for the data.
(() => {
  "use strict";
  const filter = document.getElementById("filter");
  let data = null;
  const ready = pageData.then((found) => (data = found));
  const boxes = [...document.querySelectorAll("[data-chart]")];
  const PANEL_MARGIN = 110;
  const STEP_MARGIN = 90;
  const FIGURE = 46;
  let singleTrials = false;
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

  // A heat map as wide as there is room; figures that would run into each other are left to tooltips.
  function stepped(spec, room) {
    const columns = new Set(spec.datasets.fields.map((field) => field.timeout)).size;
    spec.width.step = Math.max(8, Math.min(spec.width.step, Math.floor((room - STEP_MARGIN) / columns)));
    if (spec.width.step < FIGURE) spec.layer = spec.layer.filter((layer) => layer.mark.type !== "text");
  }

  // Rows that the reader has left out leave no gap.
  function lowered(spec) {
    const rows = spec.datasets?.dots ?? spec.datasets?.parts;
    if (!rows || typeof spec.height !== "number") return;
    const axis = (spec.layer?.[0] ?? spec).encoding.y;
    const known = new Set(rows.map((row) => row.row));
    if (axis?.sort?.length) spec.height = Math.max(40, (spec.height * known.size) / axis.sort.length);
    if (axis?.sort) for (const { encoding } of spec.layer ?? [spec]) encoding.y.sort = encoding.y.sort.filter((row) => known.has(row));
  }

  // The trials behind the points: a layer of their own, whose axes have room for all of them.
  function withTrials(spec) {
    const trials = spec.usermeta?.trials;
    if (!trials) return;
    for (const { encoding } of spec.layer) {
      for (const channel of ["x", "y"]) {
        const { scale, axis } = trials.encoding[channel];
        if (encoding[channel]?.scale) Object.assign(encoding[channel], { scale, axis });
      }
    }
    spec.layer.push(trials);
  }

  // A copy of the definition as wide as there is room, never wider than it was defined.
  function fitted(chart, room) {
    const spec = { ...structuredClone(chart.spec), config: data.config };
    if (singleTrials) withTrials(spec);
    lowered(spec);
    if (spec.vconcat) {
      for (const panel of spec.vconcat) panel.width = Math.max(120, Math.min(panel.width, room - PANEL_MARGIN));
    } else if (spec.width?.step) {
      stepped(spec, room);
    } else if (chart.fluid) {
      spec.autosize = { type: "fit-x", contains: "padding" };
      if (room < HALF) for (const legend of wideLegends(spec)) legend.columns = room < NARROW ? 1 : 2;
      spec.width = Math.max(260, Math.min(room, spec.width + 180));
    }
    return spec;
  }

  // Once data and library are there, vegaEmbed needs no more than microtasks: a chart is there when the
  // caller's event is over.
  async function draw(box) {
    if (!data) await ready;
    const room = box.parentElement.clientWidth;
    if (!room || box.drawnAt === room) return;
    box.drawnAt = room;
    box.view?.finalize();
    try {
      const library = chartLibrary();
      if (library) await library;
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
    boxes.forEach(draw);
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

  // What the reader chooses: cells by words in their names; some of the curves; one of the trials.

  const wordsOf = (text) => text.toLowerCase().split(/\s+/).filter(Boolean);
  let words = [];
  const isPicked = (name) => words.every((word) => name.toLowerCase().includes(word));

  const figureOf = (box) => box.closest("figure");
  const boxOf = (key) => boxes.find((box) => box.dataset.chart === key);

  // Draws anew what is in view; all else is drawn when it comes into view.
  function redraw(box) {
    box.drawnAt = 0;
    if (visible.has(box)) draw(box);
  }

  function exchange({ chart, dataset }, rows, alt) {
    data.charts[chart].spec.datasets[dataset] = rows;
    const box = boxOf(chart);
    box.setAttribute("aria-label", alt);
    redraw(box);
  }

  const evenly = (known, most) =>
    known.length <= most ? known : Array.from({ length: most }, (_, at) => known[Math.round((at * (known.length - 1)) / (most - 1))]);

  // The chosen curves of picked cells; of cells of which none is chosen, a few, evenly picked.
  const curves = document.getElementById("curve-choices");
  let choseCurves = false;
  function showCurves() {
    if (!curves) return;
    const { items, palette, few, chart } = data.curves;
    const choices = [...curves.querySelectorAll("input")].map((input) => ({ input, item: items[input.value] }));
    const picked = choices.filter(({ item }) => isPicked(item.cell));
    for (const choice of choices) choice.input.parentElement.hidden = !picked.includes(choice);
    const chosen = picked.filter(({ input }) => input.checked);
    const shown = (chosen.length || !words.length ? chosen : evenly(picked, few)).map(({ item }) => item);
    const names = shown.map((item) => item.name);
    const hues = palette.length ? palette : shown.map((item) => item.hue);
    for (const { encoding } of data.charts[chart].spec.layer) {
      encoding.color.scale.range = hues;
      for (const channel of [encoding.color, encoding.strokeDash]) if (channel) channel.scale.domain = names;
    }
    figureOf(curves).hidden = !picked.length;
    exchange(data.curves, shown.flatMap((item) => item.rows), `Percentile curves of lateness: ${names.join("; ") || "none chosen"}`);
  }
  curves?.addEventListener("change", async () => {
    await ready;
    choseCurves = true;
    address();
    showCurves();
  });

  // All panels share one axis, and the last has its labels.
  function sharing(shown) {
    const last = shown.length - 1;
    return shown.map((panel, at) => {
      const copy = structuredClone(panel);
      Object.assign(copy.encoding.x.axis, { labels: at === last, ticks: at === last });
      copy.encoding.x.title = at === last ? "s" : null;
      return copy;
    });
  }

  // The chosen trial if its cell is picked, else the first of a picked cell.
  const series = document.getElementById("series-choice");
  let chosenSeries = series?.value;
  let panels = null;
  function showSeries() {
    if (!series) return;
    const { items, chart } = data.series;
    const picked = [...series.options].filter((option) => isPicked(items[option.value].cell));
    for (const option of series.options) option.hidden = !picked.includes(option);
    figureOf(series).hidden = !picked.length;
    if (!picked.length) return;
    series.value = (picked.find(({ value }) => value === chosenSeries) ?? picked[0]).value;
    const { name, t, columns } = items[series.value];
    const known = Object.keys(columns).filter((key) => columns[key]);
    const rows = t.map((second, at) => ({ t: second, ...Object.fromEntries(known.map((key) => [key, columns[key][at]])) }));
    panels ??= data.charts[chart].spec.vconcat;
    data.charts[chart].spec.vconcat = sharing(panels.filter((panel) => known.includes(panel.name)));
    figureOf(series).querySelector("h4").textContent = `Time series of ${name}`;
    exchange(data.series, rows, `Time series of ${name}`);
  }
  series?.addEventListener("change", async () => {
    await ready;
    chosenSeries = series.value;
    showSeries();
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
  document.addEventListener("click", ({ target }) => {
    const heading = target.closest?.("table.sortable thead th");
    if (heading) sortBy(heading);
  });

  // A long table is text until it is near: to make thousands of fields keeps a page from being usable.
  function unfoldTable(region) {
    const text = region.querySelector("noscript.later");
    if (!text) return;
    region.innerHTML = text.textContent;
    pickRows(region);
  }
  const longTables = [...document.querySelectorAll("noscript.later")].map((text) => text.parentElement);
  const unfoldTables = () => longTables.forEach(unfoldTable);
  const near = new IntersectionObserver(
    (entries) => entries.forEach(({ isIntersecting, target }) => isIntersecting && unfoldTable(target)),
    { rootMargin: "400px" },
  );
  longTables.forEach((region) => near.observe(region));
  addEventListener("beforeprint", unfoldTables);

  // One selection of cells for all tables and charts; the address has it, so that it can be shared.

  const PICKED = "cells=";

  function pickRows(within) {
    for (const row of within.querySelectorAll("table.sortable tbody tr")) row.hidden = !isPicked(row.cells[0].textContent);
  }

  function countRows() {
    const rows = [...document.querySelectorAll("#numbers-table tbody tr")];
    const shown = rows.filter((row) => !row.hidden).length;
    document.getElementById("filter-count").textContent = words.length ? `${shown} of ${rows.length} cells` : "";
  }

  // Data that name a cell follow; others, such as a line to compare with, stay.
  function pickData(box) {
    const chart = data.charts[box.dataset.chart];
    chart.all ??= chart.spec.datasets;
    const named = Object.values(chart.all).flat().filter((row) => row.cell !== undefined);
    if (!named.length) return;
    const follows = ({ cell }) => cell === undefined || isPicked(cell);
    chart.spec.datasets = Object.fromEntries(
      Object.entries(chart.all).map(([name, rows]) => [name, rows.filter(follows)]),
    );
    figureOf(box).hidden = !named.some(follows);
    box.drawnAt = 0;
  }

  function pick(text) {
    words = wordsOf(text);
    unfoldTables();
    pickRows(document);
    countRows();
    ready.then(() => {
      boxes.forEach(pickData);
      showCurves();
      showSeries();
      visible.forEach(draw);
    });
  }

  const trials = document.getElementById("single-trials");

  // Cells, single trials and curves: what the reader chose, and nothing else.
  function address() {
    const text = filter?.value.trim();
    const known = [...(curves?.querySelectorAll("input:checked") ?? [])].map((box) => box.value);
    const parts = [
      text && PICKED + encodeURIComponent(text),
      singleTrials && "trials=1",
      choseCurves && `curves=${known.join(",")}`,
    ];
    history.replaceState(null, "", `#${parts.filter(Boolean).join("&")}`);
  }

  filter?.addEventListener("input", () => {
    address();
    pick(filter.value.trim());
  });

  function drawTrials() {
    singleTrials = trials.checked;
    for (const box of boxes) box.drawnAt = 0;
    visible.forEach(draw);
  }
  trials?.addEventListener("change", () => {
    drawTrials();
    address();
  });

  function pickFromAddress() {
    const known = new Map(location.hash.slice(1).split("&").map((part) => part.split("=", 2)));
    if (filter && known.has("cells")) {
      filter.value = decodeURIComponent(known.get("cells"));
      pick(filter.value);
    }
    if (trials && known.has("trials")) {
      trials.checked = true;
      drawTrials();
    }
    if (curves && known.has("curves")) {
      const chosen = known.get("curves").split(",");
      for (const box of curves.querySelectorAll("input")) box.checked = chosen.includes(box.value);
      curves.dispatchEvent(new Event("change"));
    }
  }
  addEventListener("hashchange", pickFromAddress);
  pickFromAddress();

  // What find in page and print need is made while nobody waits for it.
  const whenIdle = window.requestIdleCallback ?? ((work) => setTimeout(work, 200));
  ready.then(() => whenIdle(() => (chartLibrary(), whenIdle(unfoldTables))));
  performance.mark("interactive");
})();
