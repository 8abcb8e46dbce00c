"""Heat maps over map size and timeout: one per quantity, program and load."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import altair as alt

from bench.analysis.cell_rows import CellRow
from bench.analysis.figure_text import median_text, spread_text, trials_text
from bench.page.charts.chart import Chart, Datum, Group, Section, definition, structure
from bench.quantities.callbacks import IN_KSOFTIRQD, P50, P99, P999, SERVED
from bench.quantities.cpu import CPU_PER_CALLBACK
from bench.quantities.quantity import Quantity
from bench.words.axes import MAP_SIZE, TIMEOUT, point_text
from bench.words.plurals import counted, plural
from bench.words.text import slug

SHOWN = (P50, P99, P999, SERVED, IN_KSOFTIRQD, CPU_PER_CALLBACK)
OPEN_GROUPS = 4
"""Slices whose heat maps are not folded away."""
_LABEL_WIDTH = 46
"""Narrowest column, in pixels, that can hold a figure."""
_INK_FLIPS = 0.45
"""Place on viridis at which black text becomes easier to read than white."""


@dataclass(frozen=True, slots=True)
class _Scale:
    """Place of a value between the lowest and the highest of all slices; 1 is worst."""

    low: float
    high: float
    logarithmic: bool
    more_is_worse: bool

    @classmethod
    def of(cls, quantity: Quantity, rows: Iterable[CellRow]) -> _Scale:
        found = [e.median for row in rows if (e := row.get(quantity))]
        logarithmic = quantity not in (SERVED, IN_KSOFTIRQD)
        if not logarithmic:
            return cls(0, max([1.0, *found]), False, quantity is not SERVED)
        positive = [value for value in found if value > 0] or [1.0]
        return cls(min(positive), max(positive), True, True)

    def worseness(self, value: float) -> float:
        if self.logarithmic:
            span = math.log(self.high / self.low)
            place = math.log(max(value, self.low) / self.low) / span if span else 0.0
        else:
            place = (value - self.low) / (self.high - self.low)
        return place if self.more_is_worse else 1 - place


def section(rows: Sequence[CellRow]) -> Section:
    """All heat maps; slices of a single cell have none."""
    slices: dict[str, list[CellRow]] = {}
    for row in rows:
        slices.setdefault(row.slice_text, []).append(row)
    drawn = [group for group in slices.values() if len(group) > 1]
    scales = {quantity.key: _Scale.of(quantity, rows) for quantity in SHOWN}
    groups = [
        _group(group, scales, folded=number >= OPEN_GROUPS) for number, group in enumerate(drawn)
    ]
    single = len(slices) - len(drawn)
    of = counted(len(slices), "combination")
    has, they = plural(single, "has", "have"), plural(single, "it is", "they are")
    note = f"{single} of {of} of program, load and other axes {has} a single map size and timeout: "
    note += f"{they} in the table of all numbers only."
    return Section(
        key="heat-maps",
        title="Over map size and timeout",
        intro=_INTRO if drawn else _NOTHING,
        groups=groups,
        notes=[note] if single and drawn else [],
    )


_INTRO = (
    "Each field is one cell: a map of so many timers, each with this timeout. Darker is worse, "
    "on one scale per quantity for all heat maps of this page. A dashed frame marks figures "
    "from invalid trials only; in a grey field nothing was measured, an empty place is not part of "
    "the sweep."
)
_NOTHING = "This run has no two cells that differ in map size or timeout only."


def _group(rows: Sequence[CellRow], scales: dict[str, _Scale], *, folded: bool) -> Group:
    charts = [
        _chart(quantity, rows, scales[quantity.key])
        for quantity in SHOWN
        if any(row.get(quantity) for row in rows)
    ]
    return Group(title=rows[0].slice_text, charts=charts, open=not folded)


def _chart(quantity: Quantity, rows: Sequence[CellRow], scale: _Scale) -> Chart:
    sizes = _ordered(rows, lambda row: row.cell.map_size or 0, lambda row: MAP_SIZE.of(row.cell))
    timeouts = _ordered(
        rows, lambda row: row.cell.timeout_ns or 0, lambda row: TIMEOUT.of(row.cell)
    )
    width = max(18, min(84, 560 // len(timeouts)))
    alt_text = f"Heat map. {quantity.title}, {rows[0].slice_text}: {_extremes(quantity, rows)}."
    fields = [_datum(quantity, row, scale) for row in rows]
    return Chart(
        key=f"heat-map-{quantity.key}-{slug(rows[0].slice_text)}",
        title=f"{quantity.title}: {rows[0].slice_text}",
        alt=alt_text,
        caption=f"{quantity.title}: {quantity.meaning}.",
        spec=definition(_picture(sizes, timeouts, width), alt_text, fields=fields),
        fluid=False,
        heading=quantity.title,
    )


def _ordered(
    rows: Iterable[CellRow], value: Callable[[CellRow], int], text: Callable[[CellRow], str]
) -> tuple[str, ...]:
    texts = {value(row): text(row) for row in rows}
    return tuple(texts[key] for key in sorted(texts))


def _datum(quantity: Quantity, row: CellRow, scale: _Scale) -> Datum:
    estimate = row.get(quantity)
    worse = scale.worseness(estimate.median) if estimate else None
    return {
        "cell": row.text,
        "size": MAP_SIZE.of(row.cell),
        "timeout": TIMEOUT.of(row.cell),
        "worse": None if worse is None else round(worse, 4),
        "ink": _ink(worse),
        "flagged": row.flagged,
        "text": median_text(quantity, estimate, flagged=row.flagged) if estimate else "-",
        "value": median_text(quantity, estimate, flagged=row.flagged),
        "spread": spread_text(quantity, estimate) if estimate else "-",
        "trials": trials_text(row),
    }


def _ink(worse: float | None) -> str:
    """Colour of the text on a field; one that was not measured shows the page through."""
    if worse is None:
        return "currentColor"
    return "white" if 1 - worse < _INK_FLIPS else "black"


@lru_cache
def _picture(sizes: tuple[str, ...], timeouts: tuple[str, ...], width: int) -> dict[str, Any]:
    """Equal for all heat maps with the same axes; Altair takes its time for each."""
    tooltip = [
        alt.Tooltip(f"{name}:N") for name in ("size", "timeout", "value", "spread", "trials")
    ]
    base = alt.Chart(alt.NamedData(name="fields")).encode(
        x=alt.X("timeout:N", sort=list(timeouts), title="timeout").axis(
            labelAngle=0, domain=False, ticks=False
        ),
        y=alt.Y("size:N", sort=sizes[::-1], title="map size").axis(domain=False, ticks=False),
        tooltip=tooltip,
    )
    fields = base.transform_filter("isValid(datum.worse)").mark_rect(stroke="white", strokeWidth=1)
    fields = fields.encode(
        color=alt.Color("worse:Q", legend=None).scale(scheme="viridis", domain=[0, 1], reverse=True)
    )
    empty = base.transform_filter("!isValid(datum.worse)").mark_rect(
        fill="#888888", fillOpacity=0.18
    )
    flagged = base.transform_filter("datum.flagged").mark_rect(
        fill=None, stroke="#D55E00", strokeWidth=2.5, strokeDash=[4, 3]
    )
    layers = [empty, fields, flagged]
    if width >= _LABEL_WIDTH:
        layers += _labels(base)
    picture = alt.layer(*layers).properties(width=alt.Step(width), height=alt.Step(34))
    return structure(picture)


def _labels(base: Any) -> list[Any]:
    # Vega-Lite has no field for a literal colour, so each ink has its layer.
    return [
        base.transform_filter(f"datum.ink == '{ink}'").mark_text(fill=ink).encode(text="text:N")
        for ink in ("white", "black", "currentColor")
    ]


def _extremes(quantity: Quantity, rows: Iterable[CellRow]) -> str:
    found = [(e.median, row) for row in rows if (e := row.get(quantity))]
    low, high = min(found, key=lambda x: x[0]), max(found, key=lambda x: x[0])
    ends = (f"{quantity.text(value)} at {point_text(row.cell)}" for value, row in (low, high))
    return f"from {' to '.join(ends)}"
