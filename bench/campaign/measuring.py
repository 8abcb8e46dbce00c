"""Trials at one rate after another, into a run folder: the edge of the capacity search."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from bench.campaign.runner import Listener, Measured, measure
from bench.capacity.goal import Goal
from bench.capacity.repeated import is_flat, outcomes, search_repeatedly
from bench.capacity.report import CapacityFound, below_capacity
from bench.capacity.scaled import Scaled
from bench.capacity.search import BudgetOverError, Range
from bench.drivers.registry import fitted
from bench.errors import BenchError
from bench.host.changes import Change, to_undo
from bench.reason import Spoiler, spoiler
from bench.record import TrialRecord
from bench.spec import Cell, Sweep
from bench.store import RunFolder
from bench.sweep.plan import PlannedTrial
from bench.trial.rig import Rig
from bench.trial.sampling import as_arrays
from bench.words.plurals import counted

NOISY = 3
"""Times that a trial spoilt by the host's noise is measured again."""


@dataclass(slots=True)
class Measuring:
    """Measures one trial after another into a run folder.

    Attributes:
        until: ``time.monotonic()`` at which the budget ends.
        listener: Is shown each trial.
    """

    rig: Rig
    folder: RunFolder
    sweep: Sweep
    scaled: Scaled
    until: float
    listener: Listener
    number: int = field(default=0)
    spoilt: int = field(default=0)

    def __call__(self, rate_hz: float) -> TrialRecord:
        """One trial at a rate; noise of the host does not count as a failure to meet a goal.

        Raises:
            BenchError: It cannot be measured, or the host is too noisy or was changed.
            BudgetOverError: No time is left.
        """
        for _ in range(1 + NOISY):
            done = self._one(fitted(self.scaled.cell(rate_hz)))
            _refuse_changed(done.changes)
            record = done.record
            if not _spoilt(record):
                return record
            self.spoilt += 1
        raise BenchError(
            f"{1 + NOISY} trials in a row were spoilt by noise: {'; '.join(record.reasons)}",
            remedy="Wait for a quieter host, or raise --max-steal",
        )

    def finish(self) -> None:
        """Make a finished run of what was measured, which can then be read like any other."""
        header = replace(self.folder.header, trials_planned=self.number)
        self.folder.save_header(header).finish()

    def _one(self, cell: Cell) -> Measured:
        if time.monotonic() > self.until:
            raise BudgetOverError(f"the budget is over after {counted(self.number, 'trial')}")
        self.number += 1
        planned = PlannedTrial(trial=self.number, block=1, cell=cell)
        self.listener.trial_started(planned)
        seed = self.sweep.seed or 0
        done = measure(self.rig, planned, self.sweep, seed, self.listener.sample)
        self.folder.append(done.record)
        self.folder.save_samples(self.number, as_arrays(done.samples))
        self.listener.trial_ended(done.record)
        return done


def search_capacity(
    measuring: Measuring, goals: Sequence[Goal], within: Range, searches: int
) -> CapacityFound:
    """Bounds for each goal, and trials below them; what was measured is a finished run.

    Args:
        measuring: Measures a trial at a rate.
        goals: What must be met.
        within: Where to search.
        searches: How often.

    Raises:
        BenchError: A trial could not be measured, or says nothing about a goal.
    """
    try:
        bounds, trials = search_repeatedly(goals, within, measuring, searches)
        measuring.until = math.inf
        below = [below_capacity(item, within.trials, measuring) for item in bounds]
    finally:
        measuring.finish()
    return CapacityFound(
        scaled=measuring.scaled,
        within=within,
        bounds=bounds,
        spent=sum(each.spent for each in trials),
        below=below,
        flat=[
            item.goal
            for item, there in zip(bounds, below, strict=True)
            if is_flat(item, outcomes(item, trials, there))
        ],
        spoilt=measuring.spoilt,
    )


def _refuse_changed(changes: Sequence[Change]) -> None:
    """No further trial could count: what changed on the host stays changed.

    Raises:
        BenchError: Naming each change, and how to undo it.
    """
    if changes:
        what = "; ".join(change.sentence for change in changes)
        raise BenchError(
            f"this host was changed while the search ran: {what}",
            remedy=f"{to_undo(changes)}, leave it so, and search again",
        )


def _spoilt(record: TrialRecord) -> bool:
    return spoiler(record.codes) is Spoiler.HOST
