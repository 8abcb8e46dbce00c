"""Where lateness comes from (stages), and where callbacks run (venues)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bench.analysis.cell_rows import CellRow
from bench.analysis.labels import labels, spread
from bench.page.charts.bars import MOST_BARS, Part, left_out, stacked
from bench.page.charts.chart import Chart, Section, together
from bench.quantities.callbacks import IN_KSOFTIRQD
from bench.units import format_duration, format_percent

STAGES = ("irq", "entry", "queue")
_PERCENT = "format(datum.value, '.0%')"
VENUES = ("idle", "task", "ksoftirqd")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Picture:
    """What a section of shares says of itself; ``alt`` takes the number of cells."""

    key: str
    title: str
    intro: str
    chart: str
    heading: str
    whole: str
    alt: str
    caption: str
    of: str = "cell"


def stages(rows: Sequence[CellRow]) -> Section:
    """Mean time in each stage; they add up to the mean lateness."""
    known = [row for row in rows if any(record.stages for record in row.shown)]
    return _section(
        _Picture(
            key="stages",
            title="Stages of lateness",
            intro=_STAGES_INTRO,
            chart="stage-bars",
            heading="Mean lateness by stage",
            whole="mean lateness",
            alt="Stages of mean lateness of {} cells.",
            caption="Before each cell its mean lateness. Means, because they add up; percentiles "
            "of stages do not.",
        ),
        known,
        _stage_parts,
        nothing=_NO_STAGES,
    )


def _section(
    what: _Picture,
    known: Sequence[CellRow],
    parts_of: Callable[[str, CellRow], list[Part]],
    *,
    nothing: str,
) -> Section:
    """One bar for each cell, whose parts are shares of a whole."""
    shown = spread(known, MOST_BARS)
    if not shown:
        return Section(key=what.key, title=what.title, intro=nothing)
    bars = zip(labels(shown), shown, strict=True)
    parts = [part for label, row in bars for part in parts_of(label, row)]
    alt_text = f"{what.alt.format(len(shown))} {_largest(parts)}"
    title = f"share of {what.whole}"
    spec = stacked(parts, alt_text, title=title, labels=_PERCENT, whole=True)
    chart = Chart(key=what.chart, title=what.heading, alt=alt_text, caption=what.caption, spec=spec)
    return Section(
        key=what.key,
        title=what.title,
        intro=what.intro,
        groups=together(chart),
        notes=left_out(len(shown), len(known), what.of),
    )


_NO_STAGES = "The records of this run do not split lateness into stages."
_STAGES_INTRO = (
    "Lateness is the time until the softirq is raised after the expiry (irq), until it begins "
    "(entry), and while callbacks of other timers run (queue), in its own run and in that before: "
    "a timer that expires meanwhile waits for its end. Runs with definition 1 of the stages count "
    "that wait as irq."
)


def _stage_parts(label: str, row: CellRow) -> list[Part]:
    means = {name: mean for name in STAGES if (mean := _stage_mean(row, name)) is not None}
    total = sum(means.values()) or 1
    bar = f"{format_duration(total)}: {label}"
    return [
        Part(bar, name, ns / total, format_duration(ns), row.text) for name, ns in means.items()
    ]


def _stage_mean(row: CellRow, name: str) -> float | None:
    """Mean over trials of the stage's mean, ns."""
    found = [
        stage.mean_ns
        for record in row.shown
        if record.stages and (stage := record.stages.get(name)) and stage.mean_ns is not None
    ]
    return sum(found) / len(found) if found else None


def venues(rows: Sequence[CellRow], *, of: str = "cell") -> Section:
    """Shares of callbacks by where they ran; ``of`` is what a row is called."""
    return _section(
        _Picture(
            key="venues",
            title="Where callbacks run",
            intro=_VENUES_INTRO,
            chart="venue-shares",
            heading="Venues of callbacks",
            whole="callbacks",
            alt=f"Shares of callbacks by venue, {{}} {of}s.",
            caption="The share in ksoftirqd is the median over trials, as in the tables; the rest "
            "is divided as over all trials together.",
            of=of,
        ),
        [row for row in rows if venue_shares(row)],
        _venue_parts,
        nothing=_NO_VENUES,
    )


def _venue_parts(label: str, row: CellRow) -> list[Part]:
    shares = zip(VENUES, venue_shares(row) or (), strict=True)
    return [Part(label, name, share, format_percent(share), row.text) for name, share in shares]


_NO_VENUES = "No record of this run says where callbacks ran."
_VENUES_INTRO = (
    "In a softirq at the end of an interrupt over the idle task (idle) or over another task, "
    "whose time they then take (task), or in the thread ksoftirqd, which the scheduler may make "
    "wait like any other (ksoftirqd)."
)


def venue_shares(row: CellRow) -> tuple[float, float, float] | None:
    """Shares by venue, that of ksoftirqd as tables have it; None without any callback."""
    seen = [record.venue for record in row.shown if record.venue]
    counts = [sum(getattr(venue, name) for venue in seen) for name in VENUES]
    total = sum(counts)
    if not total:
        return None
    idle, task, _ = counts
    estimate = row.get(IN_KSOFTIRQD)
    ksoftirqd = estimate.median if estimate else counts[2] / total
    rest = (1 - ksoftirqd) / ((idle + task) or 1)
    return idle * rest, task * rest, ksoftirqd


def _largest(parts: Sequence[Part]) -> str:
    part = max(parts, key=lambda item: item.size)
    return f"The largest part is {part.name} of {part.bar} with {part.text}."
