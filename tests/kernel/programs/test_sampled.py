"""The sampled instrument against the full one: all counted, one in 64 timed, the same lateness."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from bench.record import TrialRecord
from bench.spec import Cell, Sweep
from bench.trial.rig import Rig
from bench.trial.trial import Trial
from bench.units import NS_PER_MS

MakeCell = Callable[..., Cell]
ONE_IN = 64
ROUNDS = 6
SIZE = 6_400
"""A multiple of 64, so that a fixed distance would time the same hundred timers only."""


def trial(rig: Rig, cell: Cell, sweep: Sweep) -> tuple[int, np.ndarray[tuple[int], np.dtype]]:
    """Callbacks, and the counters of their lateness."""
    final = Trial(rig, cell, sweep, 1, lambda sample: None).run().aftermath.counters
    return final.fired, final.lateness.counts


def test_one_in_64_is_timed_and_all_are_counted(
    make_cell: MakeCell, make_sweep: Callable[..., Sweep]
) -> None:
    cell = make_cell(map_size=SIZE, timeout_ns=20 * NS_PER_MS, instrument="sampled")
    with Rig([cell]) as rig:
        measured = Trial(rig, cell, make_sweep(), 1, lambda sample: None).run()
    final, census = measured.aftermath.counters, measured.aftermath.found
    timed = final.lateness.count + final.lateness.negative
    assert sum(final.venue) == timed
    # Distances are uniform on 1 to 127: their mean is within 5 standard errors of 64.
    error = 5 * ONE_IN / np.sqrt(3 * timed)
    assert abs(final.fired / timed - ONE_IN) < error + ONE_IN / timed * 4, (final.fired, timed)
    assert final.outstanding == 0 and census.pending == 0


def test_the_record_says_how_many_were_timed(
    make_cell: MakeCell, measure: Callable[..., TrialRecord]
) -> None:
    cell = make_cell(map_size=SIZE, timeout_ns=20 * NS_PER_MS, instrument="sampled")
    record = measure(cell)
    assert record.callbacks is not None and record.lateness is not None
    assert record.callbacks.timed == record.lateness.count
    assert 0 < record.callbacks.timed < record.callbacks.fired / 32
    assert record.callbacks.missed_periods is not None, "each callback on a grid counts them"
    assert record.ledger is not None and record.ledger.balanced


@pytest.mark.parametrize("q", [0.5, 0.9])
def test_percentiles_are_those_of_the_full_instrument(
    q: float, make_cell: MakeCell, make_sweep: Callable[..., Sweep]
) -> None:
    """By ranks: trials in turns, whose percentiles must not lie apart as two groups."""
    levels = {
        level: make_cell(map_size=SIZE, timeout_ns=20 * NS_PER_MS, instrument=level)
        for level in ("full", "sampled")
    }
    found: dict[str, list[int]] = {level: [] for level in levels}
    with Rig(list(levels.values())) as rig:
        for number in range(ROUNDS):
            for level in sorted(levels, reverse=bool(number % 2)):
                _, counts = trial(rig, levels[level], make_sweep())
                rank = q * counts.sum()
                found[level].append(int(np.searchsorted(np.cumsum(counts), rank)))
    full, sampled = found["full"], found["sampled"]
    assert max(full) >= min(sampled) and max(sampled) >= min(full), found
