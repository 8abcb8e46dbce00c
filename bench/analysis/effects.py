"""What controls show of the cells of a page. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bench.analysis.controls import (
    Effect,
    How,
    application_cost,
    instrument_effect,
    ksoftirqd_overhead,
)
from bench.analysis.figure_text import interval_name, joined
from bench.record import TrialRecord
from bench.spec import Cell, Control
from bench.store.run import Run
from bench.words.plurals import counted

CONTROL_NAMES = {
    Control.IDLE: "idle host",
    Control.LOAD: "no program",
    Control.ATTACHED: "program without timers",
    Control.EMPTY: "empty callback",
    Control.UNOBSERVED: "no observer",
    Control.STAGES: "with stages",
    Control.CYCLICTEST: "cyclictest",
}


TIMES = "\N{MULTIPLICATION SIGN}"
"""After a factor: no noun can follow every one of them."""


@dataclass(frozen=True, slots=True)
class HostEffect:
    """An effect and the host it is from; the host is empty if the page has one run only."""

    host: str
    effect: Effect


@dataclass(frozen=True, slots=True)
class Effects:
    """All effects of a page, by what they are about."""

    ksoftirqd: tuple[HostEffect, ...]
    application: tuple[HostEffect, ...]
    instrument: tuple[HostEffect, ...]


def effects(runs: Sequence[Run]) -> Effects:
    """Compare cells with their controls, run by run."""
    return Effects(
        ksoftirqd=_each(runs, ksoftirqd_overhead),
        application=_each(runs, application_cost),
        instrument=_each(runs, instrument_effect),
    )


def control_name(cell: Cell) -> str | None:
    """What a control measures in a few words; None for a plain cell."""
    return CONTROL_NAMES[cell.control] if cell.control else None


def effect_text(effect: Effect) -> str:
    """``+3.1% (2.9-3.4%, 95 % interval)`` or a factor, ``0.98x (one block)``."""
    return f"{middle_of(effect)} ({spread_of(effect)})"


def middle_of(effect: Effect) -> str:
    """The estimate: ``+3.1%``, or a factor."""
    value = _value(effect, effect.estimate)
    if effect.how is How.RATIO:
        return f"{value}{TIMES}"
    return f"+{value}" if effect.estimate > 0 else value


def spread_of(effect: Effect) -> str:
    """The interval over blocks, or of how few blocks it is."""
    if effect.interval is None:
        return f"median of {counted(effect.blocks, 'block')}" if effect.blocks > 1 else "one block"
    low, high = (_value(effect, end) for end in (effect.interval.low, effect.interval.high))
    return f"{joined(low, high)}, {interval_name(effect.interval.level)}"


def is_unchanged(effect: Effect) -> bool:
    """Whether a ratio says nothing: it is 1 as it is written, or its interval holds 1."""
    within = effect.interval
    return factor_of(effect.estimate) == "1" or bool(within and within.low <= 1 <= within.high)


def factor_of(ratio: float) -> str:
    """A factor, without its sign: ``0.98``."""
    return f"{ratio:.3g}"


def _value(effect: Effect, value: float) -> str:
    if effect.how is How.RATIO:
        return factor_of(value)
    return effect.quantity.text(value)


def _each(
    runs: Sequence[Run], compare: Callable[[Sequence[TrialRecord]], tuple[Effect, ...]]
) -> tuple[HostEffect, ...]:
    several = len(runs) > 1
    return tuple(
        HostEffect(run.name if several else "", effect)
        for run in runs
        for effect in compare(run.records)
    )
