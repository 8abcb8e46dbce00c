"""A search repeated: how far its bounds would move. Pure.

Bounds of one search are as close as asked, not as sure: on a host that varies by 5 % from trial to
trial they hold the capacity in half of the searches. Each of several independent searches is as
often too high as too low, so the capacity lies between the lowest and the highest of six in 97 of
100 cases: each side of it holds all six with a chance of one in 64. How close one search could come
is added at both ends, which is all that is left where a host does not vary.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bench.capacity.goal import Goal
from bench.capacity.search import Bounds, Measure, Range, Trials, search
from bench.record import TrialRecord
from bench.stats.fisher import p_more

SEARCHES = 6
"""Searches of a capacity: of fewer the lowest and the highest hold it less often than 95 %."""
HALF = 0.5
"""Of the capacity: at such rates a goal that depends on the rate is met."""
FLAT_P = 0.01
MISSED = 0.1
"""Share of such trials that miss the goal from which the rate is in doubt."""


def search_repeatedly(
    goals: Sequence[Goal], within: Range, measure: Measure, times: int
) -> tuple[list[Bounds], list[Trials]]:
    """Bounds for each goal from so many searches, with all of their trials.

    Searches share no trial. What they found is given where the budget ends.

    Raises:
        BenchError: A trial could not be measured, or says nothing about a goal.
    """
    done: list[list[Bounds]] = []
    trials: list[Trials] = []
    while len(done) < times and all(bounds.finished for each in done for bounds in each):
        trials.append(Trials(measure))
        done.append(search(goals, within, trials[-1], alone=times == 1))
    of_goals = zip(*done, strict=True)
    return [together(each, times) for each in of_goals], trials


def together(found: Sequence[Bounds], times: int) -> Bounds:
    """The bounds of several searches as one pair: from the lowest to the highest."""
    if len(found) == 1 == times:
        return found[0]
    lower = [bounds.lower_hz for bounds in found]
    upper = [bounds.upper_hz for bounds in found]
    return Bounds(
        goal=found[0].goal,
        lower_hz=None if None in lower else min(hz for hz in lower if hz is not None),
        upper_hz=None if None in upper else max(hz for hz in upper if hz is not None),
        all_hz=None,
        none_hz=None,
        finished=len(found) == times and all(bounds.finished for bounds in found),
        searches=len(found),
    )


def outcomes(
    bounds: Bounds, trials: Sequence[Trials], below: Mapping[float, Sequence[TrialRecord]]
) -> list[tuple[float, bool]]:
    """The rate of each trial, and whether it met the goal.

    Args:
        bounds: Of the goal.
        trials: Of all searches.
        below: Further trials by share of the lower bound.
    """
    by_rate = [item for each in trials for item in each.by_rate.items()]
    by_rate += [(share * (bounds.lower_hz or 0.0), list(found)) for share, found in below.items()]
    goal = bounds.goal
    return [(hz, goal.met(r)) for hz, found in by_rate for r in found if goal.judged_by(r)]


def is_flat(bounds: Bounds, trials: Sequence[tuple[float, bool]]) -> bool:
    """Whether the rate does not decide a goal: far below the capacity it is missed as often.

    Args:
        bounds: Of the capacity.
        trials: The rate of each trial, and whether it met the goal.
    """
    if bounds.lower_hz is None:
        return False
    below = [met for rate, met in trials if rate <= HALF * bounds.lower_hz]
    above = [met for rate, met in trials if rate >= (bounds.upper_hz or bounds.lower_hz)]
    if not below or not above or below.count(False) < MISSED * len(below):
        return False
    return p_more(below.count(False), len(below), above.count(False), len(above)) > FLAT_P
