"""Progress of a run: a live display on a terminal, one line per trial elsewhere."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Protocol, Self

from rich.console import Console, Group
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.text import Text

from bench.record import Status, TrialRecord
from bench.spec import Cell
from bench.sweep.measurement import Sample
from bench.sweep.plan import PlannedTrial
from bench.units import (
    exact_count,
    exact_duration,
    format_count,
    format_duration,
    format_percent,
)

_STYLES = {Status.OK: "green", Status.INVALID: "yellow", Status.FAILED: "red"}


class Display(Protocol):
    """A listener of the runner that is also a context manager."""

    def __enter__(self) -> Self:
        """Begin to display."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave the screen tidy."""

    def trial_started(self, planned: PlannedTrial) -> None:
        """A trial begins."""

    def sample(self, sample: Sample) -> None:
        """The window goes on."""

    def trial_ended(self, record: TrialRecord) -> None:
        """A record was written."""


def cell_label(cell: Cell) -> str:
    """A cell in a few words: ``resident 100k x 10ms, load 5k/s``."""
    load = "max" if cell.load_hz is None else f"{exact_count(cell.load_hz)}/s"
    words = f"{cell.program} {exact_count(cell.map_size)} x {exact_duration(cell.timeout_ns)}"
    return f"{words}, load {load}" if cell.has_load else f"{words}, no load"


def outcome_line(record: TrialRecord) -> Text:
    """One line about a finished trial."""
    text = Text(f"trial {record.trial:>3} ")
    text.append(f"{record.status:<8}", style=_STYLES[record.status])
    text.append(cell_label(record.cell))
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


class PlainDisplay:
    """One line per finished trial, for logs and pipes."""

    def __init__(self, console: Console, total: int) -> None:
        """Write to ``console``."""
        self._console, self._total = console, total

    def __enter__(self) -> Self:
        """Nothing to begin."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Nothing to leave."""

    def trial_started(self, planned: PlannedTrial) -> None:
        """Silent."""

    def sample(self, sample: Sample) -> None:
        """Silent."""

    def trial_ended(self, record: TrialRecord) -> None:
        """Print the trial's line."""
        self._console.print(outcome_line(record), soft_wrap=True)


class LiveDisplay:
    """Progress bar with ETA, the current cell and its live figures."""

    def __init__(self, console: Console, total: int, expected_s: float) -> None:
        """Expect ``total`` trials to take ``expected_s`` seconds."""
        self._bar = Progress(
            TextColumn("[bold]bench"),
            BarColumn(bar_width=None),
            MofNCompleteColumn(),
            TextColumn("{task.fields[eta]}"),
            console=console,
        )
        self._total, self._expected_s = total, expected_s
        self._task = self._bar.add_task("run", total=total, eta=_eta(expected_s))
        self._began = time.monotonic()
        self._done = 0
        self._line = Text("starting")
        self._label = ""
        self._live = Live(self._view(), console=console, refresh_per_second=8, transient=True)

    def __enter__(self) -> Self:
        """Begin to draw."""
        self._live.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Remove the display."""
        self._live.__exit__(kind, error, trace)

    def _view(self) -> Group:
        return Group(self._bar, self._line)

    def _show(self, line: Text) -> None:
        line.no_wrap, line.overflow = True, "ellipsis"
        self._line = line
        self._live.update(self._view())

    def trial_started(self, planned: PlannedTrial) -> None:
        """Show the cell."""
        self._label = f"trial {planned.trial}: {cell_label(planned.cell)}"
        self._show(Text(f"{self._label}  warming up"))

    def sample(self, sample: Sample) -> None:
        """Show the live figures."""
        figures = (
            f"  {format_count(sample.callbacks_hz)} callbacks/s"
            f"  p99 {format_duration(sample.p99_ns)}"
            f"  ksoftirqd {format_percent(sample.ksoftirqd_share)}"
        )
        self._show(Text(self._label + figures))

    def trial_ended(self, record: TrialRecord) -> None:
        """Advance, and say so if the trial is not ok."""
        self._done += 1
        if record.status is not Status.OK:
            self._live.console.print(outcome_line(record), soft_wrap=True)
        self._bar.update(self._task, completed=self._done, eta=_eta(self._left_s()))

    def _left_s(self) -> float:
        spent = time.monotonic() - self._began
        return spent / self._done * (self._total - self._done)


def _eta(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d} left"


def display_for(console: Console, total: int, expected_s: float) -> Display:
    """The display that suits the console."""
    if console.is_terminal:
        return LiveDisplay(console, total, expected_s)
    return PlainDisplay(console, total)
