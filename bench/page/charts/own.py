"""What programs and engines measure themselves: a group of charts for each declared answer."""

from __future__ import annotations

from collections.abc import Sequence

from bench.analysis.cell_rows import CellRow
from bench.analysis.figure_text import with_spread
from bench.analysis.labels import labels, spread
from bench.analysis.own_answers import OWN_ANSWERS, OwnAnswer
from bench.page.charts import theme
from bench.page.charts.bars import MOST_BARS
from bench.page.charts.chart import Chart, Group, Section
from bench.page.charts.dots import Dot, dots
from bench.quantities.quantity import Quantity, Unit

KEY = "own"
_LABELS = {
    Unit.NS: theme.DURATION_LABEL,
    Unit.SHARE: "format(datum.value, '.3~%')",
}


def section(rows: Sequence[CellRow]) -> Section:
    """A group for each declared answer that any cell has."""
    groups = [group for found in OWN_ANSWERS if (group := _group(found, found.rows(rows)))]
    return Section(
        key=KEY,
        title="What programs and engines answer themselves",
        intro=_INTRO if groups else "No program or engine of this run has answers of its own.",
        groups=groups,
    )


_INTRO = (
    "Beside lateness and cost, a program measures what it is for, and an engine what its own loop "
    "costs."
)


def _group(found: OwnAnswer, rows: Sequence[CellRow]) -> Group | None:
    quantities = found.measured(rows)
    if not quantities:
        return None
    picked = spread(rows, MOST_BARS)
    if found.together:
        charts = [_together(found, quantities, picked)]
    else:
        charts = [_single(found, quantity, picked) for quantity in quantities]
    return Group(title=f"{found.subject}: {found.question}", charts=charts)


def _single(found: OwnAnswer, quantity: Quantity, rows: Sequence[CellRow]) -> Chart:
    known = [row for row in rows if row.get(quantity)]
    named = zip(labels(known), known, strict=True)
    marks = [Dot(name, str(row.cell.engine), row) for name, row in named]
    return _chart(f"{found.key}-{quantity.key}", quantity, marks, quantity.meaning)


def _together(found: OwnAnswer, quantities: Sequence[Quantity], rows: Sequence[CellRow]) -> Chart:
    """A line for each quantity, a kind of dot for each cell."""
    marks = [
        Dot(quantity.title, name, row, quantity=quantity)
        for quantity in quantities
        for name, row in zip(labels(rows), rows, strict=True)
        if row.get(quantity)
    ]
    shown = Quantity(
        title=found.together,
        meaning=found.question,
        unit=quantities[0].unit,
        value=quantities[0].value,
    )
    return _chart(f"{found.key}-together", shown, marks, found.question)


def _chart(key: str, quantity: Quantity, marks: Sequence[Dot], meaning: str) -> Chart:
    known = [(dot.line, e) for dot in marks if (e := dot.estimate(quantity))]
    log = quantity.unit is Unit.NS and all(e.low > 0 for _, e in known)
    texts = "; ".join(f"{line} {with_spread(quantity, e)}" for line, e in known)
    alt_text = f"{quantity.title}: {texts}."
    axis = _LABELS.get(quantity.unit, theme.COUNT_LABEL)
    return Chart(
        key=key,
        title=quantity.title,
        alt=alt_text,
        caption=f"{quantity.title}: {meaning.rstrip('.')}{'' if meaning.endswith('?') else '.'}",
        spec=dots(marks, quantity, alt_text, labels=axis, log=log),
    )
