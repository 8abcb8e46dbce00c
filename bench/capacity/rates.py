"""Between which rates to search, and why not below or beyond."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from pydantic import ValidationError

from bench.capacity.goal import Goal
from bench.capacity.scaled import LOAD, MAP_SIZE, Scaled
from bench.errors import UsageError
from bench.spec import Cell
from bench.units import NS_PER_S, exact_count, exact_duration, format_count, format_percent

HIGHEST = {MAP_SIZE: 10_000_000, LOAD: 50_000}
"""Highest rate tried if none is given: beyond what two CPUs serve."""
HIGHEST_OF_OTHERS = 5_000_000


@dataclass(frozen=True, slots=True)
class Floor:
    """A rate below which nothing can be measured, and why."""

    hz: int
    why: str
    remedy: str


def goals_floor(goals: Iterable[Goal], window_ns: int) -> Floor:
    """Where a window has the callbacks that the goals' percentiles need."""
    hardest = max(goals, key=lambda goal: goal.lowest_hz(window_ns / NS_PER_S))
    hz = hardest.lowest_hz(window_ns / NS_PER_S)
    window = exact_duration(window_ns)
    why = f"a window of {window} carries {hardest.text!r} from {format_count(hz)}/s on"
    return Floor(hz, why, "or a longer --duration")


def steps_floor(scaled: Scaled, width: float) -> Floor:
    """Where one step of the axis is no wider than the result is to be."""
    # Of a step that divides evenly, rounding must not make one more.
    hz = math.ceil(scaled.step_hz / width - 1e-6)
    steps, share = format_count(scaled.step_hz), format_percent(width)
    why = (
        f"{scaled.what} come in steps of {steps}, which are within {share} "
        f"from {format_count(hz)} on"
    )
    longer = ", or a longer --timeout" if scaled.axis == MAP_SIZE else ""
    return Floor(hz, why, f"or a wider --precision{longer}")


def rate_range(
    scaled: Scaled, *, goals: Floor, steps: Floor, low_hz: int | None, high_hz: int | None
) -> tuple[int, int]:
    """The lowest and the highest rate of a search.

    Args:
        scaled: What grows.
        goals: From where on the goals can be judged, which ``low_hz`` overrules.
        steps: From where on the axis is fine enough.
        low_hz: What the user gave, or None; ``high_hz`` likewise.

    Raises:
        UsageError: There is no rate in between.
    """
    if low_hz is not None and low_hz < steps.hz:
        raise _too_low("--min", low_hz, steps)
    floor = max(goals, steps, key=lambda each: each.hz)
    low = floor.hz if low_hz is None else low_hz
    high = high_hz if high_hz is not None else HIGHEST.get(scaled.axis, HIGHEST_OF_OTHERS)
    if low < high:
        return low, high
    if low_hz is not None:
        problem = f"no rate between --min {exact_count(low)} and --max {exact_count(high)}"
        raise UsageError(problem, remedy="Give a higher --max, or a lower --min")
    if high_hz is None:
        problem = f"no rate up to {exact_count(high)}, the highest tried: {floor.why}"
        raise UsageError(problem, remedy=f"Give a higher --max, {floor.remedy}")
    raise _too_low("--max", high, floor)


def _too_low(option: str, hz: int, floor: Floor) -> UsageError:
    return UsageError(
        f"{option} {exact_count(hz)} is too low: {floor.why}",
        remedy=f"Give {option} above {format_count(floor.hz)}, {floor.remedy}",
    )


def cell_at(scaled: Scaled, hz: float) -> Cell:
    """The cell at an end of the range.

    Raises:
        UsageError: The axis does not reach so far.
    """
    try:
        return scaled.cell(hz)
    except ValidationError as error:
        first = error.errors()[0]
        axis = scaled.axis.replace("_", " ")
        raise UsageError(
            f"{format_count(hz)} {scaled.what} are beyond any {axis}: {first['msg'].lower()}, "
            f"not {first['input']}",
            remedy="Give a lower --max",
        ) from error
