"""Relative re-arm batches by itself: the batch against the age of the timers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from statistics import median

import altair as alt

from bench.page.charts import theme
from bench.page.charts.chart import Chart, Datum, Section, definition, structure, together
from bench.page.series import Series
from bench.spec import Cell, Rearm
from bench.words.cells import cell_text
from bench.words.text import slug

KEY = "ageing"
MOST_CHARTS = 4


def section(found: Sequence[Series]) -> Section:
    """A chart for each kind of cell that was measured with both ways to re-arm."""
    both = [(cell, kinds) for cell, kinds in _by_work(found).items() if len(kinds) == len(Rearm)]
    charts = [_chart(cell, kinds) for cell, kinds in both[:MOST_CHARTS]]
    return Section(
        key=KEY,
        title="Batches grow with age",
        intro=_INTRO if charts else _NOTHING,
        groups=together(*charts),
        notes=(f"{MOST_CHARTS} of {len(both)} are shown.",) if len(both) > MOST_CHARTS else (),
    )


_INTRO = (
    "Callbacks that run in one softirq and re-arm relative to their own run get nearly the same "
    "expiry, and never part again: batches grow, an interrupt is shared by more callbacks, and a "
    "callback seems to become cheaper the longer a trial lasts, while lateness grows. Timers on "
    "an absolute grid keep their distance. So a cost of relative timers holds for its age only."
)
_NOTHING = "This run has no cell that was measured with absolute and with relative re-arm."


def _by_work(found: Sequence[Series]) -> dict[Cell, dict[Rearm, list[Series]]]:
    """Series that have a batch, by what they share and by how they re-arm."""
    works: dict[Cell, dict[Rearm, list[Series]]] = {}
    for series in found:
        if series.columns["batch"] and series.cell.rearm is not None:
            work = replace(series.cell, rearm=Rearm.ABSOLUTE)
            works.setdefault(work, {}).setdefault(series.cell.rearm, []).append(series)
    return works


def _chart(work: Cell, kinds: dict[Rearm, list[Series]]) -> Chart:
    rows = [row for kind, several in kinds.items() for row in _rows(kind, several)]
    name = cell_text(work)
    ends = {kind: [row["batch"] for row in rows if row["rearm"] == str(kind)] for kind in kinds}
    alt_text = f"Batch against age, {name}: " + ", ".join(
        f"{kind} from {values[0]:.3g} to {values[-1]:.3g}" for kind, values in ends.items()
    )
    colour = alt.Color("rearm:N", title="re-arm").scale(range=list(theme.PALETTE[:2]))
    picture = (
        alt.Chart(alt.NamedData(name="ages"))
        .mark_line(strokeWidth=2, point=True)
        .encode(
            x=alt.X("age:Q", title="age of the timers, s").scale(zero=True).axis(tickCount=6),
            y=alt.Y("batch:Q", title="callbacks per softirq").scale(type="log"),
            color=colour,
            strokeDash=alt.StrokeDash("rearm:N", title="re-arm").scale(
                range=list(theme.DASHES[:2])
            ),
            # Points are a layer of their own, whose legend would stand beside that of the lines.
            shape=alt.Shape("rearm:N", legend=None).scale(range=list(theme.SHAPES[:2])),
        )
        .properties(width=theme.WIDTH, height=theme.HEIGHT)
    )
    return Chart(
        key=f"{KEY}-{slug(name)}",
        title=f"Batch against age: {name}",
        alt=f"{alt_text}.",
        caption="Medians over trials; a batch is callbacks per HRTIMER softirq of the host.",
        spec=definition(structure(picture), alt_text, ages=rows),
    )


def _rows(kind: Rearm, several: Sequence[Series]) -> Iterator[Datum]:
    """The median of all trials at each point of time; trials have about the same points."""
    for points in zip(*(_points(series) for series in several), strict=False):
        known = [batch for _, batch in points if batch]
        if known:
            age = several[0].opened_s + median(t for t, _ in points)
            named = {"rearm": str(kind), "cell": several[0].of}
            yield named | {"age": round(age, 3), "batch": median(known)}


def _points(series: Series) -> Iterator[tuple[float, float | None]]:
    return zip(series.t, series.columns["batch"] or (), strict=True)
