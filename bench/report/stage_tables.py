"""Where the time goes: stages of lateness, and the latest callbacks with their cause. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from bench.analysis.estimate import by_cell, estimate, shown
from bench.analysis.late_runs import late_runs
from bench.record import Distribution, Outlier, TrialRecord
from bench.units import format_duration, format_percent
from bench.words.axes import cell_order
from bench.words.cells import cell_text
from bench.words.escape import Markdown, table

STAGES = ("irq", "entry", "queue")
MOST_LATE = 20
"""Softirq runs that are listed; trials.jsonl has each late callback."""
_FIGURES = {"p50": "p50_ns", "p99": "p99_ns", "max": "max_ns"}


def stages_table(records: Iterable[TrialRecord]) -> Markdown | None:
    """Stages of each cell that has them, medians over trials; None if no cell has."""
    cells = by_cell(record for record in records if record.stages)
    ordered = sorted(cells.items(), key=lambda item: cell_order(item[0]))
    rows = [_stages(cell_text(cell), shown(trials).records) for cell, trials in ordered]
    titles = [f"{stage} {figure}" for stage in STAGES for figure in _FIGURES]
    return table(("cell", *titles, "without stages"), rows, right=1) if rows else None


def _stages(name: str, records: Sequence[TrialRecord]) -> tuple[str, ...]:
    figures = [
        _median(records, _reader(stage, field)) for stage in STAGES for field in _FIGURES.values()
    ]
    fired = sum(record.callbacks.fired for record in records if record.callbacks)
    unstaged = sum(record.unstaged for record in records)
    return (name, *figures, format_percent(unstaged / fired) if fired else "-")


def _reader(stage: str, field: str) -> Callable[[TrialRecord], float | None]:
    def value(record: TrialRecord) -> float | None:
        found: Distribution | None = (record.stages or {}).get(stage)
        return getattr(found, field) if found else None

    return value


def _median(records: Sequence[TrialRecord], value: Callable[[TrialRecord], float | None]) -> str:
    found = estimate(records, value)
    return format_duration(None if found is None else found.median)


def latest_table(records: Iterable[TrialRecord]) -> Markdown | None:
    """The latest callbacks, one of each softirq run, latest first; None where none were recorded.

    What delays one delays all that wait behind it: without this a single delay fills the table.
    """
    rows = [_late(each.latest, each.record, each.callbacks) for each in late_runs(records)]
    rows = rows[:MOST_LATE]
    titles = (
        *("cell", "trial", "over task", "softirq before", "venue", "callbacks", "lateness"),
        *STAGES,
        "steal",
    )
    return table(titles, rows, right=5) if rows else None


def _late(one: Outlier, record: TrialRecord, callbacks: int) -> tuple[str, ...]:
    before = f"{one.before} {format_duration(one.before_ns)}" if one.before else "-"
    return (
        cell_text(record.cell),
        str(record.trial),
        f"{one.comm} {one.pid}".strip(),
        before,
        one.venue,
        str(callbacks),
        *(format_duration(ns) for ns in (one.lateness_ns, one.irq_ns, one.entry_ns, one.queue_ns)),
        format_percent(one.steal),
    )
