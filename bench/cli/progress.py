"""Progress of a run: a live display on a terminal, one line per trial elsewhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Protocol

from rich.console import Console, Group
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.text import Text

from bench.cli.time_left import TimeLeft
from bench.record import Status, TrialRecord
from bench.resources import Resource
from bench.sweep.plan import PlannedTrial
from bench.trial.measurement import Sample
from bench.units import (
    format_count,
    format_duration,
    format_percent,
)
from bench.words.cells import cell_text

_STYLES = {Status.OK: "green", Status.INVALID: "yellow", Status.FAILED: "red"}
STEAL_SHOWN = 0.01
"""Share of stolen CPU time from which the live figures mention it."""


class Display(AbstractContextManager["Display"], Protocol):
    """A listener of the runner that is also a context manager."""

    def trial_started(self, planned: PlannedTrial) -> None:
        """A trial begins."""

    def sample(self, sample: Sample) -> None:
        """The window goes on."""

    def trial_ended(self, record: TrialRecord) -> None:
        """A record was written."""


def outcome_line(record: TrialRecord) -> Text:
    """One line about a finished trial."""
    text = Text(f"trial {record.trial:>3} ")
    text.append(f"{record.status:<8}", style=_STYLES[record.status])
    text.append(cell_text(record.cell))
    if record.callbacks is not None:
        text.append(f"  {format_count(record.callbacks.fired_hz)} callbacks/s")
    if record.lateness is not None:
        text.append(f"  p99 {format_duration(record.lateness.p99_ns)}")
    if record.status is not Status.OK:
        why = "; ".join(record.reasons) or record.error or "no reason recorded"
        text.append("\n          " + why.splitlines()[0], style="dim")
    for note in record.notes:
        text.append(f"\n          note: {note}", style="dim")
    return text


class PlainDisplay(Resource):
    """One line per finished trial, for logs and pipes."""

    def __init__(self, console: Console) -> None:
        """Write to ``console``."""
        self._console = console

    def trial_started(self, planned: PlannedTrial) -> None:
        """Silent."""

    def sample(self, sample: Sample) -> None:
        """Silent."""

    def trial_ended(self, record: TrialRecord) -> None:
        """Print the trial's line."""
        self._console.print(outcome_line(record), soft_wrap=True)


class LiveDisplay(Resource):
    """Progress bar with time left, the current cell and its live figures: a line each.

    Only a long name of a cell takes more: what distinguishes it may stand at its end.

    Args:
        console: A terminal.
        expected: Seconds that each trial will take, by trial number.
    """

    def __init__(self, console: Console, expected: Mapping[int, float]) -> None:
        """Show nothing yet."""
        self._clock = TimeLeft(expected)
        self._bar = Progress(
            TextColumn("[bold]bench"),
            BarColumn(bar_width=None),
            MofNCompleteColumn(),
            TextColumn("{task.fields[left]}"),
            console=console,
            expand=True,
        )
        self._task = self._bar.add_task("run", total=len(expected), left="")
        self._statuses: Counter[Status] = Counter()
        self._label = "starting"
        self._figures = ""
        self._live = Live(
            console=console, get_renderable=self._view, refresh_per_second=4, transient=True
        )

    def _open(self) -> None:
        self._clock.start()
        self._held.enter_context(self._live)

    def _view(self) -> Group:
        done = self._statuses.total()
        self._bar.update(self._task, completed=done, left=_left_text(self._clock.left_s()))
        figures = Text(self._figures, no_wrap=True, overflow="ellipsis")
        return Group(self._bar, Text(self._label), figures)

    def trial_started(self, planned: PlannedTrial) -> None:
        """Show the cell."""
        self._clock.trial_started(planned.trial)
        self._label = f"trial {planned.trial}: {cell_text(planned.cell)}"
        self._figures = "filling, arming, warming up"

    def sample(self, sample: Sample) -> None:
        """Show the live figures."""
        self._figures = figures_text(sample)

    def trial_ended(self, record: TrialRecord) -> None:
        """Advance, and say so if the trial is not ok."""
        self._clock.trial_ended()
        self._statuses[record.status] += 1
        if record.status is not Status.OK:
            self._live.console.print(outcome_line(record), soft_wrap=True)


def figures_text(sample: Sample) -> str:
    """The live figures of a trial, the three that matter most first."""
    words = [
        f"{format_count(sample.callbacks_hz)} callbacks/s",
        f"p99 {format_duration(sample.p99_ns)}",
        f"ksoftirqd {format_percent(sample.ksoftirqd_share)}",
    ]
    if sample.connections_hz is not None:
        words.append(f"{format_count(sample.connections_hz)} conn/s")
    if sample.steal >= STEAL_SHOWN:
        words.append(f"steal {format_percent(sample.steal)}")
    return "  ".join(words)


def _left_text(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    clock = f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
    return f"{clock} left"


def display_for(console: Console, expected: Mapping[int, float]) -> Display:
    """The display that suits the console; ``expected`` as for :class:`LiveDisplay`."""
    if console.is_terminal and not console.is_dumb_terminal:
        return LiveDisplay(console, expected)
    return PlainDisplay(console)
