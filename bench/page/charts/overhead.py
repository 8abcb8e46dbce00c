"""What timers cost: softirq time by vector, ksoftirqd's CPU time, connections."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bench.analysis.cell_rows import CellRow
from bench.analysis.effects import control_name
from bench.analysis.figure_text import with_spread
from bench.analysis.labels import labels, spread
from bench.control import has_program
from bench.page.charts.bars import MOST_BARS, Part, left_out, stacked
from bench.page.charts.chart import Chart, Section, together
from bench.page.charts.dots import Dot, dots
from bench.quantities.cpu import KSOFTIRQD_CPU, softirq_share
from bench.quantities.load import CONNECTIONS
from bench.units import format_percent
from bench.words.axes import LOAD
from bench.words.plurals import counted

CONNECTIONS_KEY = "connections"
KSOFTIRQD_KEY = "ksoftirqd-cpu"
_VECTORS = ("hrtimer", "net_rx", "timer", "sched", "rcu")
_OTHERS = ("hi", "net_tx", "block", "irq_poll", "tasklet")
_PERCENT = "format(datum.value, '.3~%')"


def section(rows: Sequence[CellRow]) -> Section:
    """Softirq time, then ksoftirqd's, controls first."""
    known = sorted(rows, key=lambda row: row.cell.control is None)
    known = [row for row in known if row.get(KSOFTIRQD_CPU)]
    shown = _with_controls(known)
    if not shown:
        return Section(key="overhead", title="ksoftirqd and softirq time", intro=_NOTHING)
    names = _names(shown)
    charts = [
        *_softirq_charts(shown, names),
        _ksoftirqd_chart(shown, names),
    ]
    controls = [row for row in rows if row.cell.control]
    return Section(
        key="overhead",
        title="ksoftirqd and softirq time",
        intro=_INTRO if controls else f"{_INTRO} {_NO_CONTROLS}",
        groups=together(*charts),
        notes=left_out(len(shown), len(known)),
    )


_NOTHING = "No record of this run has CPU times of softirqs or of ksoftirqd."
_INTRO = (
    "CPU time that the kernel spends in softirqs, and in the threads ksoftirqd. Controls - the "
    "same without timers - show how much of it would be there anyway."
)
_NO_CONTROLS = "This run has no controls, so nothing can be subtracted."


def _with_controls(rows: Sequence[CellRow]) -> list[CellRow]:
    """Cells before controls where there is no room for all: these are drawn to compare with."""
    controls = [row for row in rows if row.cell.control]
    others = [row for row in rows if row.cell.control is None]
    room = max(MOST_BARS - len(others), MOST_BARS // 3)
    kept = spread(controls, room)
    return [*kept, *spread(others, MOST_BARS - len(kept))]


def _names(rows: Sequence[CellRow]) -> list[str]:
    """Labels; controls without a program are named for what is left of the cell."""
    return [_bare_name(row) or name for row, name in zip(rows, labels(rows), strict=True)]


def _bare_name(row: CellRow) -> str:
    control = control_name(row.cell)
    if not control or has_program(row.cell):
        return ""
    words = [row.host] if row.host else []
    load = f", load {LOAD.of(row.cell)} ({row.cell.program})" if row.cell.has_load else ""
    return ", ".join([*words, f"{control}{load}"])


def _softirq_charts(rows: Sequence[CellRow], names: Sequence[str]) -> list[Chart]:
    """Of cells that an observer watched: of others the times are not known, which is not zero."""
    known = [(row, name) for row, name in zip(rows, names, strict=True) if _is_observed(row)]
    if not known:
        return []
    observed, named = [row for row, _ in known], [name for _, name in known]
    return [_softirq_chart(observed, named, len(rows) - len(known))]


def _is_observed(row: CellRow) -> bool:
    return any(record.softirq_ns for record in row.shown)


def _softirq_chart(rows: Sequence[CellRow], names: Sequence[str], unknown: int) -> Chart:
    without = f" Not drawn, because no observer watched: {counted(unknown, 'cell')}."
    parts = [part for row, name in zip(rows, names, strict=True) for part in _parts(row, name)]
    largest = max(parts, key=lambda part: part.size)
    alt_text = f"Softirq time by vector of {counted(len(rows), 'cell')}. "
    alt_text += f"The largest part is {largest.name} "
    alt_text += f"of {largest.bar} with {largest.text} of one CPU."
    spec = stacked(parts, alt_text, title="CPU time, 100% is one whole CPU", labels=_PERCENT)
    return Chart(
        key="softirq-time",
        title="Softirq time by vector",
        alt=alt_text,
        caption="Medians over trials. HRTIMER runs the callbacks of bpf_timer; NET_RX receives "
        "packets. Time in ksoftirqd is part of it: the thread runs the same softirqs."
        f"{without if unknown else ''}",
        spec=spec,
    )


def _parts(row: CellRow, name: str) -> list[Part]:
    found = [(vector, _median_share(row, (vector,))) for vector in _VECTORS]
    found.append(("others", _median_share(row, _OTHERS)))
    return [Part(name, vector, share, format_percent(share), row.text) for vector, share in found]


def _median_share(row: CellRow, vectors: Sequence[str]) -> float:
    """Of trials that an observer watched; a vector that it did not meet took no time."""
    watched = [record for record in row.shown if record.softirq_ns]
    sums = [sum(softirq_share(r, vector) or 0.0 for vector in vectors) for r in watched]
    return float(np.median(sums))


def _ksoftirqd_chart(rows: Sequence[CellRow], names: Sequence[str]) -> Chart:
    found = [
        Dot(name, control_name(row.cell) or "with timers", row)
        for row, name in zip(rows, names, strict=True)
    ]
    top = max(rows, key=lambda row: e.median if (e := row.get(KSOFTIRQD_CPU)) else -1)
    estimate = top.get(KSOFTIRQD_CPU)
    most = with_spread(KSOFTIRQD_CPU, estimate) if estimate else "-"
    alt_text = f"CPU share of ksoftirqd of {counted(len(rows), 'cell')}; "
    alt_text += f"the highest is {most}: {top.text}."
    return Chart(
        key=KSOFTIRQD_KEY,
        title="CPU time of ksoftirqd",
        alt=alt_text,
        caption="All ksoftirqd threads as a share of all CPUs; lines span the interval or range "
        "over trials.",
        spec=dots(found, KSOFTIRQD_CPU, alt_text, labels=_PERCENT),
    )


def connections(rows: Sequence[CellRow]) -> Section:
    """Connections per second with and without timers."""
    known = sorted((row for row in rows if row.get(CONNECTIONS)), key=_load)
    shown = spread(known, MOST_BARS)
    if not shown:
        return Section(key="load", title="Connections", intro="No cell of this run has a load.")
    found = [
        Dot(name, control_name(row.cell) or "with timers", row)
        for row, name in zip(shown, _names(shown), strict=True)
    ]
    alt_text = f"TCP connections per second of {counted(len(shown), 'cell')}: {_rates(shown)}."
    spec = dots(found, CONNECTIONS, alt_text, labels="format(datum.value, '~s')")
    chart = Chart(
        key=CONNECTIONS_KEY,
        title="Connections per second",
        alt=alt_text,
        caption="Achieved, not offered. An open load that reaches its rate says nothing about "
        "the ceiling; load max is a closed loop, as fast as it goes.",
        spec=spec,
    )
    controls = any(row.cell.control for row in known)
    return Section(
        key="load",
        title="Connections",
        intro=_WITH if controls else _WITHOUT,
        groups=together(chart),
        notes=left_out(len(shown), len(known)),
    )


_WITH = "The load achieved with timers, and in controls without any."
_WITHOUT = "The load achieved. This run has no control without timers to compare with."


def _load(row: CellRow) -> tuple[bool, int, bool]:
    return row.cell.load_hz is None, row.cell.load_hz or 0, row.cell.control is None


def _rates(rows: Sequence[CellRow]) -> str:
    known = [(e.median, row) for row in rows if (e := row.get(CONNECTIONS))]
    low, high = (f(known, key=lambda pair: pair[0])[0] for f in (min, max))
    return f"from {CONNECTIONS.text(low)}/s to {CONNECTIONS.text(high)}/s"
