// What-if: the models of the run, asked for what the reader types. The same as bench estimate.
pageData.then((all) => {
  "use strict";
  const data = all.whatif;
  const form = document.getElementById("whatif-form");
  if (!data || !form) return;
  const BEYOND = 1.25;
  const TERMS = {
    1: () => 1,
    rate: (d) => d.rate,
    live: (d) => d.live,
    "rate x log2 live": (d) => d.rate * Math.log2(Math.max(d.live, 2)),
    "ln rate": (d) => Math.log(d.rate),
    "ln live": (d) => Math.log(d.live),
  };
  const SECONDS = { us: 1e-6, "µs": 1e-6, ms: 1e-3, s: 1, m: 60, h: 3600, d: 86400 };
  const COUNTS = { "": 1, k: 1e3, m: 1e6 };

  function parsed(text, units) {
    const match = /^\s*([0-9]+(?:\.[0-9]+)?)\s*([a-zµ]*)\s*$/i.exec(text);
    const unit = match && units[match[2].toLowerCase()];
    return unit ? Number(match[1]) * unit : NaN;
  }

  function digits(value) {
    return String(Number(value.toPrecision(3)));
  }

  function scaled(value, steps, rest) {
    for (const [unit, size] of steps) if (Math.abs(value) >= size * 0.9995) return digits(value / size) + unit;
    return rest(value);
  }

  const count = (value) => scaled(value, [["G", 1e9], ["M", 1e6], ["k", 1e3]], digits);
  const TEXT = {
    ns: (value) => scaled(value, [["s", 1e9], ["ms", 1e6], ["µs", 1e3]], (ns) => `${Math.round(ns)}ns`),
    share: (value) => `${digits(value * 100)}%`,
    hz: count,
  };

  function predicted(model, demand) {
    const x = model.terms.map((name) => TERMS[name](demand));
    const value = x.reduce((sum, term, at) => sum + term * model.coefficients[at], 0);
    let spread = model.relative ? value * value : 1;
    model.unscaled.forEach((row, i) => row.forEach((cell, j) => (spread += x[i] * cell * x[j])));
    const half = model.reach * Math.sqrt(spread);
    const ends = [value, value - half, value + half];
    if (model.shape === "power") return ends.map(Math.exp);
    if (model.shape === "share") return ends.map((end) => Math.min(Math.max(end, 0), 1));
    return [value, Math.max(ends[1], 0), ends[2]];
  }

  function refusal(engine, demand) {
    const known = { rate: ["connections/s", count], timeout: ["of timeout", (s) => TEXT.ns(s * 1e9)], live: ["live", count] };
    for (const [key, [name, text]] of Object.entries(known)) {
      const [low, high] = engine.span[key];
      if (demand[key] < low * (1 - 1e-9) || demand[key] > high * (1 + 1e-9)) {
        const span = low === high ? text(low) : `${text(low)} to ${text(high)}`;
        return `not estimated: ${text(demand[key])} ${name} is outside of what the run measured, ${span}`;
      }
    }
    return "";
  }

  function entries(engine, live) {
    return engine.evicts ? live : 2 ** Math.ceil(Math.log2(Math.ceil(live * BEYOND)));
  }

  function cell(row, text, note) {
    const field = row.insertCell();
    field.className = "number";
    field.textContent = text;
    if (note) field.append(Object.assign(document.createElement("small"), { textContent: note }));
  }

  function figure(engine, column, demand, pushes) {
    const model = engine.models[column.key];
    if (!model) return ["-", ""];
    let [value, low, high] = predicted(model, demand);
    if (column.key === "total-cpu" && data.push_back_ns) {
      const rate = (demand.rate * pushes) / 1e9;
      const { value: each, low: least, high: most } = data.push_back_ns;
      [value, low, high] = [value + rate * each, low + rate * least, high + rate * most];
    }
    const text = TEXT[column.unit] ?? digits;
    return [text(value), `${text(low)} to ${text(high)}`];
  }

  function fill(body, demand, pushes) {
    body.replaceChildren();
    for (const engine of data.engines) {
      const row = body.insertRow();
      row.append(Object.assign(document.createElement("th"), { scope: "row", textContent: engine.name }));
      const why = refusal(engine, demand);
      if (why) {
        const field = row.insertCell();
        field.colSpan = data.columns.length + 1;
        field.textContent = why;
        continue;
      }
      for (const column of data.columns) cell(row, ...figure(engine, column, demand, pushes));
      const bytes = engine.table_bytes === null ? null
        : engine.table_bytes * entries(engine, demand.live) + (engine.timer_bytes ?? 0) * demand.live;
      cell(row, bytes === null ? "-" : `${digits(bytes / 2 ** 20)} MiB`);
    }
  }

  function answer() {
    const rate = parsed(form.elements.load.value, COUNTS);
    const timeout = parsed(form.elements.timeout.value, SECONDS);
    const pushes = Number(form.elements.pushes?.value ?? 0);
    const status = document.getElementById("whatif-status");
    const body = document.getElementById("whatif-answer").tBodies[0];
    if (!(rate > 0 && timeout > 0 && pushes >= 0)) {
      status.textContent = "Write a rate such as 5k and a timeout such as 300s.";
      body.replaceChildren();
      return;
    }
    const demand = { rate, timeout, live: rate * timeout };
    status.textContent = `${count(demand.live)} live, ${count(rate)} expiries/s`;
    fill(body, demand, pushes);
  }

  form.addEventListener("input", answer);
  form.addEventListener("submit", (event) => event.preventDefault());
  answer();
});
