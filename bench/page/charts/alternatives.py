"""Alternatives side by side on the same work."""

from __future__ import annotations

from collections.abc import Sequence

from bench.analysis.alternatives import Work, works
from bench.analysis.answers.missing import missing_lines
from bench.analysis.answers.points import points
from bench.analysis.cell_rows import CellRow
from bench.analysis.figure_text import with_spread
from bench.analysis.labels import labels
from bench.page.charts import theme
from bench.page.charts.chart import Chart, Group, Section
from bench.page.charts.dots import Dot, dots
from bench.quantities.callbacks import FIRED, MAXIMUM, P50, P99, SERVED
from bench.quantities.cpu import HRTIMER_CPU, KSOFTIRQD_CPU
from bench.quantities.load import CONNECT_P50, CONNECT_P99, CONNECTIONS
from bench.quantities.quantity import Quantity
from bench.quantities.total_cost import TOTAL_COST, TOTAL_CPU
from bench.words.plurals import counted
from bench.words.text import slug

KEY = "alternatives"
OPEN_GROUPS = 4
"""Kinds of work whose charts are not folded away."""
_PERCENT = "format(datum.value, '.3~%')"
_COMPARED = (
    (TOTAL_CPU, _PERCENT, False),
    (TOTAL_COST, theme.DURATION_LABEL, False),
    (P50, theme.DURATION_LABEL, True),
    (P99, theme.DURATION_LABEL, True),
    (MAXIMUM, theme.DURATION_LABEL, True),
    (SERVED, _PERCENT, False),
    (FIRED, theme.COUNT_LABEL, True),
    (KSOFTIRQD_CPU, _PERCENT, False),
    (HRTIMER_CPU, _PERCENT, False),
    (CONNECTIONS, theme.COUNT_LABEL, False),
    (CONNECT_P50, theme.DURATION_LABEL, True),
    (CONNECT_P99, theme.DURATION_LABEL, True),
)


def section(rows: Sequence[CellRow]) -> Section:
    """One group per work that several engines did."""
    found = works(rows)
    return Section(
        key=KEY,
        title="Alternatives on the same work",
        intro=_INTRO if found else "This run has one engine only, so there is nothing to compare.",
        groups=[_group(work, folded=n >= OPEN_GROUPS) for n, work in enumerate(found)],
        notes=tuple(missing_lines(points(rows))),
    )


_INTRO = (
    "The same entries, timeouts and load; only what provides the timeouts differs. Lateness of a "
    "periodic scan (user_gc, bpf_scan, bpf_sweep) is about its period; eviction alone (lru) has no "
    "timeout at all, so no lateness. A quantity that no engine has is left out."
)


def _group(work: Work, *, folded: bool) -> Group:
    charts = [
        _chart(work, quantity, axis, log=log)
        for quantity, axis, log in _COMPARED
        if sum(row.get(quantity) is not None for row in work.rows) > 1
    ]
    title = f"{work.name}: {counted(len(work.rows), 'cell')}"
    return Group(title=title, charts=charts, open=not folded)


def _chart(work: Work, quantity: Quantity, axis: str, *, log: bool) -> Chart:
    found = [
        Dot(name, str(row.cell.engine), row)
        for name, row in zip(labels(work.rows, same_point=True), work.rows, strict=True)
    ]
    log = log and all(e.low > 0 for row in work.rows if (e := row.get(quantity)))
    alt_text = f"{quantity.title} of {work.name} by engine: {_values(found, quantity)}."
    return Chart(
        key=f"{KEY}-{quantity.key}-{slug(work.name)}",
        title=f"{quantity.title}: {work.name}",
        alt=alt_text,
        caption=f"{quantity.title}: {quantity.meaning}.",
        spec=dots(found, quantity, alt_text, labels=axis, log=log),
        heading=quantity.title,
    )


def _values(found: Sequence[Dot], quantity: Quantity) -> str:
    known = [(dot.line, e) for dot in found if (e := dot.row.get(quantity))]
    return "; ".join(f"{line} {with_spread(quantity, estimate)}" for line, estimate in known)
