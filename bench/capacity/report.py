"""What a search found, for people and as JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bench.capacity.goal import Goal
from bench.capacity.scaled import Scaled
from bench.capacity.search import Bounds, Range
from bench.quantities.callbacks import P50, P90, P99, P999
from bench.quantities.quantity import Quantity
from bench.record import Status, TrialRecord
from bench.units import format_count, format_duration, format_percent
from bench.words.plurals import counted

SHARES = (0.1, 0.5, 0.9)
"""Parts of the capacity at which lateness is reported."""
MOST_SPOILT = 0.2
"""Share of trials measured again beyond which a capacity is that of the host's quiet moments."""
_SHOWN = (P50, P90, P99, P999)


@dataclass(frozen=True, slots=True, kw_only=True)
class CapacityFound:
    """The result of a search.

    Attributes:
        spent: Trials measured by the searches; ``below`` those at parts of the capacity.
        flat: Goals that the rate does not decide.
        spoilt: Trials beside ``spent`` that the host spoilt, and that were measured again.
        below: Share of a goal's lower bound -> trials there, by the goal's place in ``bounds``.
    """

    scaled: Scaled
    within: Range
    bounds: Sequence[Bounds]
    spent: int
    below: Sequence[Mapping[float, Sequence[TrialRecord]]]
    flat: Sequence[Goal] = ()
    spoilt: int = 0

    @property
    def selected(self) -> bool:
        """Whether so many trials were measured again that what is left are quiet moments."""
        measured = self.spent + sum(map(_count, self.below))
        return self.spoilt > MOST_SPOILT * (measured + self.spoilt)

    @property
    def contradicted(self) -> list[list[float]]:
        """By goal the parts of its capacity at which most trials did not meet it."""
        return [
            [share for share, records in below.items() if not _mostly(bounds.goal, records)]
            for bounds, below in zip(self.bounds, self.below, strict=True)
        ]


def _met(goal: Goal, records: Sequence[TrialRecord]) -> int:
    """Trials that met a goal; one that is too slow to carry its percentile does not count."""
    return sum(goal.met(record) for record in _judging(goal, records))


def _judging(goal: Goal, records: Sequence[TrialRecord]) -> list[TrialRecord]:
    return [record for record in records if goal.judged_by(record)]


def _mostly(goal: Goal, records: Sequence[TrialRecord]) -> bool:
    return 2 * _met(goal, records) >= len(_judging(goal, records))


def lines(found: CapacityFound) -> Iterator[str]:
    """The result, a line each."""
    parts = zip(found.bounds, found.below, found.contradicted, strict=True)
    for bounds, below, contradicted in parts:
        yield f"{bounds.goal.text}: {_bounds_text(bounds, found)}"
        for share, records in below.items():
            yield f"  at {format_percent(share)} of it, {_below_text(bounds.goal, records)}"
        if bounds.goal in found.flat:
            yield (
                f"  FLAT: {bounds.goal.text} is missed as often far below that rate as beyond it, "
                "so the rate does not decide it: there is no capacity for this goal"
            )
        if contradicted:
            yield "  NOT CONFIRMED: below the capacity most trials did not meet the goal either"
    if found.selected:
        yield (
            f"NOT ANSWERED: {counted(found.spoilt, 'trial')} spoilt by the host were measured "
            "again, so these are rates of its quiet moments"
        )
    below_capacity = sum(_count(below) for below in found.below)
    yield (
        f"{counted(found.spent, 'trial')} searched, {below_capacity} below the capacity; "
        f"a grid of this precision takes {grid_trials(found.within)}"
    )


def _below_text(goal: Goal, records: Sequence[TrialRecord]) -> str:
    judged = len(_judging(goal, records))
    of = f"of {counted(judged, 'trial')}"
    met = f"met in {_met(goal, records)} {of}" if judged else "too few callbacks to judge"
    return f"{_lateness_text(records)} ({met})"


def _lateness_text(records: Sequence[TrialRecord]) -> str:
    known = {name: value for name, value in _figures(records).items() if value is not None}
    if not known:
        return "no callback ran, so there is no lateness"
    return "lateness: " + "  ".join(f"{name} {format_duration(ns)}" for name, ns in known.items())


def _bounds_text(bounds: Bounds, found: CapacityFound) -> str:
    if not bounds.finished:
        ends = (format_count(bounds.lower_hz), format_count(bounds.upper_hz))
        return f"between {ends[0]} and {ends[1]} {found.scaled.what} when the budget ended"
    what = found.scaled.what
    low, high = format_count(found.within.low_hz), format_count(found.within.high_hz)
    if bounds.lower_hz is None:
        return f"not even met at {low} {what}, the lowest rate tried"
    if bounds.upper_hz is None:
        return f"met up to {high} {what}, the highest rate tried; its capacity is beyond"
    text = f"between {format_count(bounds.lower_hz)} and {format_count(bounds.upper_hz)} {what}"
    if bounds.searches > 1:
        searches = counted(bounds.searches, "search", "searches")
        return f"{text}, the lowest and the highest of {searches}"
    if (bounds.all_hz, bounds.none_hz) == (bounds.lower_hz, bounds.upper_hz):
        return text
    return (
        f"{text}; every trial met it up to {format_count(bounds.all_hz)}, "
        f"none from {format_count(bounds.none_hz)} on"
    )


def grid_trials(within: Range) -> int:
    """Trials of a grid over the same range, of the same width and trials per rate."""
    steps = np.log(within.high_hz / within.low_hz) / -np.log1p(-within.width)
    return (int(np.ceil(steps)) + 1) * within.trials


def document(found: CapacityFound) -> dict[str, Any]:
    """The result as one JSON document."""
    within = found.within
    return {
        "scaled": {"axis": found.scaled.axis, "what": found.scaled.what},
        "low_hz": within.low_hz,
        "high_hz": within.high_hz,
        "width": within.width,
        "trials_per_rate": within.trials,
        "trials": {
            "search": found.spent,
            "below_capacity": sum(_count(below) for below in found.below),
            "grid": grid_trials(within),
        },
        "spoilt": found.spoilt,
        "selected": found.selected,
        "goals": [
            {
                "goal": bounds.goal.text,
                "lower_hz": bounds.lower_hz,
                "upper_hz": bounds.upper_hz,
                "all_hz": bounds.all_hz,
                "none_hz": bounds.none_hz,
                "searches": bounds.searches,
                "finished": bounds.finished,
                "flat": bounds.goal in found.flat,
                "lateness_ns": {
                    format_percent(share): _figures(records) for share, records in below.items()
                },
                "met_below": {
                    format_percent(share): {
                        "met": _met(bounds.goal, records),
                        "trials": len(_judging(bounds.goal, records)),
                    }
                    for share, records in below.items()
                },
                "confirmed": not contradicted,
            }
            for bounds, below, contradicted in zip(
                found.bounds, found.below, found.contradicted, strict=True
            )
        ],
    }


def _figures(records: Sequence[TrialRecord]) -> dict[str, float | None]:
    return {m.goal: _median(m, records) for m in _SHOWN}


def _median(metric: Quantity, records: Sequence[TrialRecord]) -> float | None:
    ok = [metric.value(record) for record in records if record.status is Status.OK]
    known = [value for value in ok if value is not None]
    return float(np.median(known)) if known else None


def _count(below: Mapping[float, Sequence[TrialRecord]]) -> int:
    return sum(map(len, below.values()))


def below_capacity(
    bounds: Bounds, trials: int, measure: Callable[[float], TrialRecord]
) -> dict[float, list[TrialRecord]]:
    """Trials at parts of the capacity; none where there is no lower bound."""
    if bounds.lower_hz is None:
        return {}
    lower = bounds.lower_hz
    return {share: [measure(lower * share) for _ in range(trials)] for share in SHARES}
