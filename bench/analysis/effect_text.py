"""Effects and knees in the words of a report. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from functools import partial

from bench.analysis.controls import (
    Effect,
    How,
    application_cost,
    instrument_effect,
    ksoftirqd_overhead,
    plain_cells,
)
from bench.analysis.families import namer
from bench.analysis.knees import Knee, knees
from bench.record import TrialRecord
from bench.spec import Cell
from bench.stats.bootstrap import Interval
from bench.units import format_count
from bench.words.axes import LOAD, MAP_SIZE, OTHERS, TIMEOUT, cell_order, varies

TITLES = ("cell", "control", "quantity", "effect", "interval", "blocks")
LOSSES = "What connections lose"
"""Title of the effects on a load."""
KNEE_TITLES = ("cells like", "knee", "interval", "blocks", "offered")

Section = tuple[str, str, list[tuple[str, ...]]]


def effect_sections(records: Sequence[TrialRecord]) -> list[Section]:
    """Title, meaning and rows of each kind of effect that the records have."""
    found = (
        (
            "Overhead of ksoftirqd and of HRTIMER softirqs",
            "Cell minus control; 100 % is one CPU.",
            ksoftirqd_overhead(records),
        ),
        (
            LOSSES,
            "Connections/s over those of the control; delays as differences.",
            application_cost(records),
        ),
        (
            "The instrument's own effect",
            "The cell as measured over the control. `empty` and `unobserved` have less of the "
            "instrument: more than 1 is what it adds, but for fired/s, which it takes away. "
            "`stages` has more of it: there less than 1 is what recording stages adds. Without an "
            "observer nothing measures CPU time: `unobserved` shows what the observer does to "
            "lateness and, where CPUs are full, to fired/s.",
            instrument_effect(records),
        ),
    )
    label = label_among(plain_cells(records))
    return [
        (title, text, _rows(sorted(effects, key=_place_of), label))
        for title, text, effects in found
        if effects
    ]


def _place_of(effect: Effect) -> tuple[object, ...]:
    """Cells in the order of the tables; the effects of one stay in their order."""
    return cell_order(effect.cell), effect.control


def knee_rows(records: Iterable[TrialRecord]) -> list[tuple[str, ...]]:
    """A row for each family of cells in which the offered rate varies."""
    found = [knee for knee in knees(records) if len(knee.rates_hz) > 1]
    name = namer([knee.family.cell for knee in found])
    return [_knee_row(knee, name(knee.family.cell)) for knee in found]


def label_among(cells: Sequence[Cell]) -> Callable[[Cell], str]:
    """Names cells by what they differ in, beside program, size, timeout and load."""
    axes = [axis for axis in OTHERS if varies(axis, cells)]

    def label(cell: Cell) -> str:
        point = f"{cell.program} {MAP_SIZE.of(cell)} x {TIMEOUT.of(cell)}, load {LOAD.of(cell)}"
        return ", ".join([point, *(f"{axis.title} {axis.of(cell)}" for axis in axes)])

    return label


def _rows(effects: Iterable[Effect], label: Callable[[Cell], str]) -> list[tuple[str, ...]]:
    return [
        (
            label(effect.cell),
            effect.control,
            effect.quantity.title,
            _value_text(effect, effect.estimate),
            interval_text(effect.interval, partial(_value_text, effect)),
            str(effect.blocks),
        )
        for effect in effects
    ]


def _value_text(effect: Effect, value: float) -> str:
    if effect.how is How.RATIO:
        return f"x {value:.3g}"
    text = effect.quantity.text(value)
    return text if value < 0 else f"+{text}"


def interval_text(found: Interval | None, text: Callable[[float], str]) -> str:
    """Both ends with the level, or why there are none."""
    if found is None:
        return "too few blocks"
    return f"{text(found.low)} to {text(found.high)} ({100 * found.level:.0f} %)"


def _knee_row(knee: Knee, name: str) -> tuple[str, ...]:
    low, high = (format_count(rate) for rate in (knee.rates_hz[0], knee.rates_hz[-1]))
    several = 0 < knee.blocks < knee.of_blocks
    return (
        name,
        _place(knee),
        _spread(knee),
        f"{knee.blocks} of {knee.of_blocks}" if several else str(knee.of_blocks),
        f"{low} to {high}/s",
    )


def _spread(knee: Knee) -> str:
    if not knee.blocks:
        return "-"
    return " to ".join(knee_ends(knee)) or "too few blocks"


def knee_ends(knee: Knee) -> tuple[str, ...]:
    """Both ends of a knee's interval, ``above 10M`` beyond the rates; none without one."""
    if knee.interval is None:
        return ()
    low, high = knee.interval.low, knee.interval.high
    return (
        format_count(low) if low else f"below {format_count(knee.rates_hz[0])}",
        format_count(high) if high < math.inf else f"above {format_count(knee.rates_hz[-1])}",
    )


def _place(knee: Knee) -> str:
    if knee.rate_hz is not None:
        return f"{format_count(knee.rate_hz)}/s"
    if knee.at_hz is None:
        return "above what was offered"
    return "below what was offered" if knee.below_hz is None else "not in most blocks"
