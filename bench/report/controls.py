"""What controls tell of a cell: differences and ratios within a block, with intervals. Pure.

A cell and its control are compared where both were measured in one block and are ``ok``: what
drifts from block to block hits both. The block's figure is one value; the estimate is their
median, its interval is over blocks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from bench.control import control_of
from bench.record import Distribution, Status, TrialRecord
from bench.spec import Cell, Control
from bench.stats.bootstrap import Interval, interval
from bench.units import NS_PER_S

Value = Callable[[TrialRecord], float | None]


class How(StrEnum):
    """Cell minus control, or cell over control."""

    DIFFERENCE = "difference"
    RATIO = "ratio"


@dataclass(frozen=True, slots=True)
class Quantity:
    """What is compared: its unit is ``ns``, ``hz``, ``share`` or ``count``."""

    title: str
    unit: str
    value: Value


@dataclass(frozen=True, slots=True)
class Effect:
    """A cell against one of its controls.

    Attributes:
        estimate: Median over blocks, in the quantity's unit if it is a difference.
        interval: 95 % over blocks; None for fewer than a median needs.
        blocks: Blocks in which both were measured.
    """

    cell: Cell
    control: Control
    quantity: Quantity
    how: How
    estimate: float
    interval: Interval | None
    blocks: int


def _per_second(count: float | None, record: TrialRecord) -> float | None:
    return None if count is None else count * NS_PER_S / record.window_ns


def _ksoftirqd_share(record: TrialRecord) -> float | None:
    return record.ksoftirqd.cpu_ns / record.window_ns if record.ksoftirqd else None


def _wakeups_hz(record: TrialRecord) -> float | None:
    return _per_second(record.ksoftirqd.wakeups, record) if record.ksoftirqd else None


def _runq_delay_share(record: TrialRecord) -> float | None:
    seen = record.ksoftirqd
    if seen is None or seen.runq_delay_ns is None:
        return None
    return seen.runq_delay_ns / record.window_ns


def _hrtimer_share(record: TrialRecord) -> float | None:
    spent = (record.softirq_ns or {}).get("hrtimer")
    return None if spent is None else spent / record.window_ns


def callback_ns(record: TrialRecord) -> float | None:
    """Time in the HRTIMER softirq per callback; None without callbacks or such an observer."""
    spent = (record.softirq_ns or {}).get("hrtimer")
    fired = record.callbacks.fired if record.callbacks else 0
    return spent / fired if spent is not None and fired else None


def _fired_hz(record: TrialRecord) -> float | None:
    return record.callbacks.fired_hz if record.callbacks else None


def _achieved_hz(record: TrialRecord) -> float | None:
    return record.load.achieved_hz if record.load else None


def _lateness(name: str) -> Value:
    return lambda record: _read(record.lateness, name)


def _connect(name: str) -> Value:
    return lambda record: _read(record.load.connect if record.load else None, name)


def _read(found: Distribution | None, name: str) -> float | None:
    return getattr(found, name) if found else None


CALLBACK = Quantity("HRTIMER softirq per callback", "ns", callback_ns)
FIRED = Quantity("fired/s", "hz", _fired_hz)
LATENESS = (
    Quantity("p50 lateness", "ns", _lateness("p50_ns")),
    Quantity("p99 lateness", "ns", _lateness("p99_ns")),
)
KSOFTIRQD = (
    Quantity("ksoftirqd CPU time per time", "share", _ksoftirqd_share),
    Quantity("ksoftirqd wake-ups/s", "hz", _wakeups_hz),
    Quantity("ksoftirqd run-queue delay per time", "share", _runq_delay_share),
    Quantity("HRTIMER softirq per time", "share", _hrtimer_share),
)
ACHIEVED = Quantity("connections/s", "hz", _achieved_hz)
CONNECT = (
    Quantity("p50 connect delay", "ns", _connect("p50_ns")),
    Quantity("p99 connect delay", "ns", _connect("p99_ns")),
)


def ksoftirqd_overhead(records: Sequence[TrialRecord]) -> tuple[Effect, ...]:
    """ksoftirqd and HRTIMER softirqs of each cell against idle and the same without timers."""
    return _effects(
        records,
        (Control.IDLE, Control.LOAD, Control.ATTACHED),
        ((quantity, How.DIFFERENCE) for quantity in KSOFTIRQD),
    )


def application_cost(records: Sequence[TrialRecord]) -> tuple[Effect, ...]:
    """Connections of each cell against the same offered connections without a program."""
    what = ((ACHIEVED, How.RATIO), *((quantity, How.DIFFERENCE) for quantity in CONNECT))
    return _effects(records, (Control.LOAD, Control.ATTACHED), what)


def instrument_effect(records: Sequence[TrialRecord]) -> tuple[Effect, ...]:
    """Each cell as measured over the same with less or more of the instrument."""
    what = ((quantity, How.RATIO) for quantity in (CALLBACK, FIRED, *LATENESS))
    return _effects(records, (Control.EMPTY, Control.UNOBSERVED, Control.STAGES), what)


def plain_cells(records: Iterable[TrialRecord]) -> tuple[Cell, ...]:
    """Cells that are no controls, in order of first appearance."""
    return tuple(dict.fromkeys(r.cell for r in records if r.cell.control is None))


def _effects(
    records: Sequence[TrialRecord],
    controls: Iterable[Control],
    what: Iterable[tuple[Quantity, How]],
) -> tuple[Effect, ...]:
    if all(record.cell.control is None for record in records):
        return ()
    by_cell: dict[Cell, dict[int, TrialRecord]] = {}
    for record in records:
        if record.status is Status.OK:
            by_cell.setdefault(record.cell, {})[record.block] = record
    todo = tuple(what)
    found = []
    for cell in plain_cells(records):
        for control in controls:
            made = control_of(cell, control)
            beside = by_cell.get(made, {}) if made else {}
            pairs = [(r, beside[b]) for b, r in by_cell.get(cell, {}).items() if b in beside]
            found += [_effect(cell, control, quantity, how, pairs) for quantity, how in todo]
    return tuple(effect for effect in found if effect is not None)


def _effect(
    cell: Cell,
    control: Control,
    quantity: Quantity,
    how: How,
    pairs: Iterable[tuple[TrialRecord, TrialRecord]],
) -> Effect | None:
    both = [(quantity.value(record), quantity.value(beside)) for record, beside in pairs]
    known = [(ours, theirs) for ours, theirs in both if ours is not None and theirs is not None]
    if how is How.RATIO:
        values = [ours / theirs for ours, theirs in known if theirs]
    else:
        values = [ours - theirs for ours, theirs in known]
    if not values:
        return None
    middle = float(np.median(values))
    return Effect(cell, control, quantity, how, middle, interval(values), len(values))
