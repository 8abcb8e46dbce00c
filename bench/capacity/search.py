"""The search itself: MLRsearch of FD.io CSIT, one goal after another over shared trials.

MLRsearch (https://pypi.org/project/MLRsearch/, after an early draft of RFC 9971) knows a trial
by one loss ratio. Goals with bounds of their own do not fit on one axis, so each goal has a
search of its own; a trial at a rate that an earlier search measured is looked up, not measured
again. All searches use the same rates, so most of them meet.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from MLRsearch import (
    AbstractMeasurer,
    Config,
    MeasurementResult,
    MultipleLossRatioSearch,
    SearchGoal,
)

from bench.capacity.goal import Goal
from bench.errors import BenchError
from bench.record import TrialRecord

TRIAL_S = 1.0
"""Duration of one trial as the library counts it: trials are all alike, so 1 is one trial."""
LIBRARY_LIMIT_S = 10_000_000.0
"""The library's own time limit; ours is the caller's, which knows what a trial costs."""

Measure = Callable[[float], TrialRecord]
"""Measures one trial at a rate, Hz."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """Where to search.

    Attributes:
        low_hz: Lowest rate tried; ``high_hz``: the highest.
        width: Upper less lower bound, over the upper, at which the search ends.
        trials: Trials that decide about one rate, by majority; odd.
    """

    low_hz: float
    high_hz: float
    width: float
    trials: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """The capacity for one goal lies between them.

    Attributes:
        lower_hz: Highest rate at which most trials met the goal; None if not even the lowest.
        upper_hz: Lowest rate above it at which most did not; None if even the highest did.
        all_hz: Highest rate tried up to which every trial met it; None if there is none.
        none_hz: Lowest rate tried from which on no trial met it. Where trials vary, the
            capacity is more surely between these two.
        finished: False if the budget ended before the bounds were as close as asked.
        searches: From how many searches they are: the lowest and the highest of all.
    """

    goal: Goal
    lower_hz: float | None
    upper_hz: float | None
    all_hz: float | None
    none_hz: float | None
    finished: bool = True
    searches: int = 1


class BudgetOverError(BenchError):
    """No further trial may be measured."""


@dataclass(slots=True)
class Trials:
    """All trials of a search by rate, in the order measured."""

    measure: Measure
    by_rate: dict[float, list[TrialRecord]] = field(default_factory=dict)

    @property
    def spent(self) -> int:
        """Trials measured."""
        return sum(map(len, self.by_rate.values()))

    def at(self, rate_hz: float, number: int) -> TrialRecord:
        """Trial ``number`` at a rate, measured if it was not."""
        known = self.by_rate.setdefault(rate_hz, [])
        while len(known) <= number:
            known.append(self.measure(rate_hz))
        return known[number]


def search(
    goals: Sequence[Goal], within: Range, trials: Trials, *, alone: bool = True
) -> list[Bounds]:
    """Bounds of the capacity for each goal; those known so far where the budget ends.

    Args:
        goals: What must be met.
        within: Where to search.
        trials: Where they come from.
        alone: No other search follows, so this one has to say how far its trials differ.

    Raises:
        BenchError: A trial could not be measured, or says nothing about a goal.
    """
    return [_search_one(goal, within, trials, alone) for goal in goals]


def _search_one(goal: Goal, within: Range, trials: Trials, alone: bool) -> Bounds:
    wanted = SearchGoal(
        loss_ratio=0.0,
        exceed_ratio=0.5,
        relative_width=within.width,
        initial_trial_duration=TRIAL_S,
        final_trial_duration=TRIAL_S,
        duration_sum=within.trials * TRIAL_S,
        preceding_targets=2,
        fail_fast=False,
    )
    config = Config()
    config.goals = [wanted]
    # Each setter wants the other bound, at first a default, beyond: room first, then both.
    config.max_load = max(within.high_hz, config.max_load)
    config.min_load, config.max_load = within.low_hz, within.high_hz
    config.warmup_duration = None
    config.search_duration_max = LIBRARY_LIMIT_S
    try:
        found = MultipleLossRatioSearch(config).search(_Measurer(goal, trials))[wanted]
    except BudgetOverError:
        return _so_far(goal, within, trials)
    lower, upper = found.relevant_lower_bound, found.relevant_upper_bound
    lower_hz = None if lower is None else float(lower)
    upper_hz = None if upper is None else float(upper)
    found_bounds = _bounds(goal, trials, lower_hz, upper_hz, finished=True)
    try:
        return _surrounded(found_bounds, within, trials) if alone else found_bounds
    except BudgetOverError:
        return replace(found_bounds, finished=False)


def _surrounded(bounds: Bounds, within: Range, trials: Trials) -> Bounds:
    """The bounds with ``all_hz`` and ``none_hz``, for which rates beyond may have to be tried."""
    step = (1 - within.width) ** 2
    below, above = bounds.lower_hz, bounds.upper_hz
    while below is not None and bounds.all_hz is None and below > within.low_hz:
        below = max(below * step, within.low_hz)
        bounds = _with_rate(bounds, below, within, trials)
    while above is not None and bounds.none_hz is None and above < within.high_hz:
        above = min(above / step, within.high_hz)
        bounds = _with_rate(bounds, above, within, trials)
    return bounds


def _with_rate(bounds: Bounds, rate_hz: float, within: Range, trials: Trials) -> Bounds:
    for number in range(within.trials):
        trials.at(rate_hz, number)
    return _bounds(bounds.goal, trials, bounds.lower_hz, bounds.upper_hz, finished=True)


def _outcomes(goal: Goal, trials: Trials) -> dict[float, list[bool]]:
    """Whether each trial met the goal, by rate."""
    return {rate: [goal.met(r) for r in known] for rate, known in trials.by_rate.items() if known}


def _bounds(
    goal: Goal, trials: Trials, lower_hz: float | None, upper_hz: float | None, *, finished: bool
) -> Bounds:
    outcomes = _outcomes(goal, trials)
    first_unmet = min((rate for rate, met in outcomes.items() if not all(met)), default=math.inf)
    last_met = max((rate for rate, met in outcomes.items() if any(met)), default=0.0)
    return Bounds(
        goal=goal,
        lower_hz=lower_hz,
        upper_hz=upper_hz,
        all_hz=max((rate for rate in outcomes if rate < first_unmet), default=None),
        none_hz=min((rate for rate in outcomes if rate > last_met), default=None),
        finished=finished,
    )


def _so_far(goal: Goal, within: Range, trials: Trials) -> Bounds:
    """Bounds from all trials at hand: rates about which a majority has decided."""
    decisive = within.trials // 2 + 1
    outcomes = _outcomes(goal, trials)
    unmet = [rate for rate, met in outcomes.items() if met.count(False) >= decisive]
    upper = min(unmet, default=None)
    met = [rate for rate, met in outcomes.items() if met.count(True) >= decisive]
    lower = max((rate for rate in met if upper is None or rate < upper), default=None)
    return _bounds(goal, trials, lower, upper, finished=False)


class _Measurer(AbstractMeasurer):  # type: ignore[misc]  # the library has no types
    """A trial in the library's terms: nothing lost if the goal is met.

    Otherwise the loss is what was not served, from which the library guesses where to look.
    """

    def __init__(self, goal: Goal, trials: Trials) -> None:
        self._goal, self._trials = goal, trials
        self._used: dict[float, int] = {}

    def measure(self, intended_duration: float, intended_load: float) -> MeasurementResult:
        """Measure one trial, or look it up."""
        number = self._used.get(intended_load, 0)
        self._used[intended_load] = number + 1
        record = self._trials.at(intended_load, number)
        offered = max(round(intended_load * intended_duration), 1)
        lost = 0 if self._goal.met(record) else max(offered - _served(record, offered), 1)
        return MeasurementResult(
            intended_duration=intended_duration,
            intended_load=intended_load,
            offered_count=offered,
            loss_count=min(lost, offered),
        )


def _served(record: TrialRecord, offered: int) -> int:
    served = record.callbacks.served if record.callbacks else None
    return offered if served is None else round(offered * min(served, 1.0))
