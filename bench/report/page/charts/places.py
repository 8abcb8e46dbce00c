"""Where lateness comes from (stages), and where callbacks run (venues)."""

from __future__ import annotations

from collections.abc import Sequence

from bench.report.page.charts.bars import MOST_BARS, Part, left_out, stacked
from bench.report.page.charts.chart import Chart, Group, Section
from bench.report.page.labels import labels, spread
from bench.report.page.tidy import Row
from bench.units import format_duration, format_percent

STAGES = ("irq", "entry", "queue")
_PERCENT = "format(datum.value, '.0%')"
VENUES = ("idle", "task", "ksoftirqd")


def stages(rows: Sequence[Row]) -> Section:
    """Mean time in each stage; they add up to the mean lateness."""
    known = [row for row in rows if any(record.stages for record in row.shown)]
    shown = spread(known, MOST_BARS)
    if not shown:
        return Section(key="stages", title="Stages of lateness", intro=_NO_STAGES)
    bars = zip(labels(shown), shown, strict=True)
    parts = [part for label, row in bars for part in _stage_parts(label, row)]
    alt_text = f"Stages of mean lateness of {len(shown)} cells. {_largest(parts)}"
    spec = stacked(parts, alt_text, title="share of mean lateness", labels=_PERCENT, whole=True)
    chart = Chart(
        key="stage-bars",
        title="Mean lateness by stage",
        alt=alt_text,
        caption="Before each cell its mean lateness. Means, because they add up; percentiles of "
        "stages do not.",
        spec=spec,
    )
    return Section(
        key="stages",
        title="Stages of lateness",
        intro=_STAGES_INTRO,
        groups=[Group(title="", charts=[chart])],
        notes=left_out(len(shown), len(known)),
    )


_NO_STAGES = "The records of this run do not split lateness into stages."
_STAGES_INTRO = (
    "Lateness is the time until the softirq is raised after the expiry (irq), until it begins "
    "(entry), and until the callbacks before this one are done (queue)."
)


def _stage_parts(label: str, row: Row) -> list[Part]:
    means = {name: mean for name in STAGES if (mean := _stage_mean(row, name)) is not None}
    total = sum(means.values()) or 1
    bar = f"{format_duration(total)}: {label}"
    return [Part(bar, name, ns / total, format_duration(ns)) for name, ns in means.items()]


def _stage_mean(row: Row, name: str) -> float | None:
    """Mean over trials of the stage's mean, ns."""
    found = [
        stage.mean_ns
        for record in row.shown
        if record.stages and (stage := record.stages.get(name)) and stage.mean_ns is not None
    ]
    return sum(found) / len(found) if found else None


def venues(rows: Sequence[Row]) -> Section:
    """Shares of callbacks by where they ran."""
    known = [(row, found) for row in rows if (found := venue_shares(row))]
    shown = spread([row for row, _ in known], MOST_BARS)
    if not shown:
        return Section(key="venues", title="Where callbacks run", intro=_NO_VENUES)
    parts = [
        Part(label, name, share, format_percent(share))
        for label, row in zip(labels(shown), shown, strict=True)
        for name, share in zip(VENUES, venue_shares(row) or (), strict=True)
    ]
    alt_text = f"Shares of callbacks by venue, {len(shown)} cells. {_largest(parts)}"
    spec = stacked(parts, alt_text, title="share of callbacks", labels=_PERCENT, whole=True)
    chart = Chart(
        key="venue-shares",
        title="Venues of callbacks",
        alt=alt_text,
        caption="Of all trials of a cell together.",
        spec=spec,
    )
    return Section(
        key="venues",
        title="Where callbacks run",
        intro=_VENUES_INTRO,
        groups=[Group(title="", charts=[chart])],
        notes=left_out(len(shown), len(known)),
    )


_NO_VENUES = "No record of this run says where callbacks ran."
_VENUES_INTRO = (
    "In a softirq at the end of an interrupt over the idle task (idle) or over another task, "
    "whose time they then take (task), or in the thread ksoftirqd, which the scheduler may make "
    "wait like any other (ksoftirqd)."
)


def venue_shares(row: Row) -> tuple[float, float, float] | None:
    """Shares by venue of all trials together, None without any callback."""
    seen = [record.venue for record in row.shown if record.venue]
    counts = [sum(getattr(venue, name) for venue in seen) for name in VENUES]
    total = sum(counts)
    if not total:
        return None
    idle, task, ksoftirqd = (count / total for count in counts)
    return idle, task, ksoftirqd


def _largest(parts: Sequence[Part]) -> str:
    part = max(parts, key=lambda item: item.size)
    return f"The largest part is {part.name} of {part.bar} with {part.text}."
