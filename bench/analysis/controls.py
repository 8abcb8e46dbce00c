"""What controls show of a cell: differences and ratios within a block, with intervals. Pure.

A cell and its control are compared where both were measured in one block and are ``ok``: what
drifts from block to block hits both. The block's figure is one value; the estimate is their
median, its interval is over blocks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from bench.analysis.estimate import is_ok, load_counts
from bench.control import control_of
from bench.quantities.callbacks import FIRED, P50, P99
from bench.quantities.cpu import CPU_PER_CALLBACK, HRTIMER_CPU, KSOFTIRQD_TIME, RUNQ_DELAY, WAKEUPS
from bench.quantities.load import CONNECT_P50, CONNECT_P99, CONNECTIONS
from bench.quantities.quantity import Quantity
from bench.record import TrialRecord
from bench.spec import Cell, Control
from bench.stats.bootstrap import Interval, interval


class How(StrEnum):
    """Cell minus control, or cell over control."""

    DIFFERENCE = "difference"
    RATIO = "ratio"


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


KSOFTIRQD = (KSOFTIRQD_TIME, WAKEUPS, RUNQ_DELAY, HRTIMER_CPU)
CONNECT = (CONNECT_P50, CONNECT_P99)
INSTRUMENT = (CPU_PER_CALLBACK, FIRED, P50, P99)


def ksoftirqd_overhead(records: Sequence[TrialRecord]) -> tuple[Effect, ...]:
    """ksoftirqd and HRTIMER softirqs of each cell against idle and the same without timers."""
    return _effects(
        records,
        (Control.IDLE, Control.LOAD, Control.ATTACHED),
        ((quantity, How.DIFFERENCE) for quantity in KSOFTIRQD),
    )


def application_cost(records: Sequence[TrialRecord]) -> tuple[Effect, ...]:
    """Connections of each cell against the same offered connections without a program.

    A trial whose load fell short counts here: that is what is looked for.
    """
    what = ((CONNECTIONS, How.RATIO), *((quantity, How.DIFFERENCE) for quantity in CONNECT))
    return _effects(records, (Control.LOAD, Control.ATTACHED), what, counts=load_counts)


def ratios_to_controls(records: Sequence[TrialRecord]) -> tuple[Effect, ...]:
    """Connections, their delay and lateness of each cell over those of its own controls."""
    load = ((quantity, How.RATIO) for quantity in (CONNECTIONS, *CONNECT))
    late = ((quantity, How.RATIO) for quantity in (P50, P99))
    return (
        *_effects(records, (Control.LOAD,), load, counts=load_counts),
        *_effects(records, (Control.CYCLICTEST,), late),
    )


def instrument_effect(records: Sequence[TrialRecord]) -> tuple[Effect, ...]:
    """Each cell as measured over the same with less or more of the instrument."""
    what = ((quantity, How.RATIO) for quantity in INSTRUMENT)
    return _effects(records, (Control.EMPTY, Control.UNOBSERVED, Control.STAGES), what)


def plain_cells(records: Iterable[TrialRecord]) -> tuple[Cell, ...]:
    """Cells that are no controls, in order of first appearance."""
    return tuple(dict.fromkeys(r.cell for r in records if r.cell.control is None))


def _effects(
    records: Sequence[TrialRecord],
    controls: Iterable[Control],
    what: Iterable[tuple[Quantity, How]],
    *,
    counts: Callable[[TrialRecord], bool] = is_ok,
) -> tuple[Effect, ...]:
    if all(record.cell.control is None for record in records):
        return ()
    by_cell: dict[Cell, dict[int, TrialRecord]] = {}
    for record in records:
        if counts(record):
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
