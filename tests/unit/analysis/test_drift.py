from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest

from bench.analysis.drift import ALPHA, Drift, drift_text, drifts
from bench.quantities.callbacks import FIRED
from bench.quantities.primary import PRIMARY_LATENESS
from bench.record import Callbacks, Status, TrialRecord
from bench.spec import Cell

MakeRecord = Callable[..., TrialRecord]
CELLS = [Cell(program="resident", map_size=1_000 * n, timeout_ns=10**8) for n in range(1, 13)]


def simulated(
    make_record: MakeRecord, factors: Sequence[float], *, seed: int, fired_too: bool = False
) -> list[TrialRecord]:
    """A run of 12 cells, each its own lateness and noise; block b is ``factors[b]`` slower."""
    rng, records = np.random.default_rng(seed), []
    spread = rng.uniform(0.02, 0.3, len(CELLS))
    base = rng.uniform(5_000, 50_000, len(CELLS))
    for block, factor in enumerate(factors, 1):
        for number in rng.permutation(len(CELLS)):
            p50 = base[number] * factor * np.exp(rng.normal(0, spread[number]))
            record = make_record(len(records), cell=CELLS[number], block=block, p50_ns=int(p50))
            rate = 1e6 * (rng.normal(1, 1e-3) if fired_too else 1)
            callbacks = Callbacks(fired=9, offered_hz=1e6, fired_hz=rate, served=rate / 1e6)
            records.append(replace(record, callbacks=callbacks))
    return records


def test_a_steady_host_is_rarely_called_drifting(make_record: MakeRecord) -> None:
    runs = [simulated(make_record, [1] * 5, seed=n, fired_too=True) for n in range(200)]
    alarms = np.mean([any(drift.found for drift in drifts(run)) for run in runs])
    assert 0.01 <= alarms <= ALPHA + 0.04


def test_a_drifting_host_is_found(make_record: MakeRecord) -> None:
    factors = [1.0, 1.05, 1.1, 1.2, 1.3]
    runs = [simulated(make_record, factors, seed=n) for n in range(40)]
    found = [drifts(run)[0] for run in runs]
    assert np.mean([drift.found for drift in found]) >= 0.95
    sizes = np.array([(drift.low[1], drift.high[1]) for drift in found])
    assert np.median(sizes, axis=0) == pytest.approx([1 / 1.1, 1.3 / 1.1], rel=0.05)
    assert found[0].low[0] == 1 and found[0].high[0] == 5


def test_what_decides_comparisons_is_judged_and_rates_are_not(make_record: MakeRecord) -> None:
    records = simulated(make_record, [1, 1.1, 1.2, 1.3], seed=1, fired_too=True)
    (judged,) = drifts(records)
    assert judged.quantity is PRIMARY_LATENESS and judged.found
    steady_tail = [_with_p99(record, 10_000 + 7_919 * record.trial % 97) for record in records]
    assert not drifts(steady_tail)[0].found, "the median drifts, and p99 decides"


def _with_p99(record: TrialRecord, p99_ns: int) -> TrialRecord:
    assert record.lateness is not None
    return replace(record, lateness=replace(record.lateness, p99_ns=p99_ns))


def test_cells_with_one_trial_say_nothing(make_record: MakeRecord) -> None:
    records = [
        make_record(block, cell=cell, block=block, p50_ns=1_000 * block)
        for block, cell in enumerate(CELLS, 1)
    ]
    assert drifts(records) == ()
    assert drift_text(()).startswith("not judged")


def test_only_ok_trials_are_judged(make_record: MakeRecord) -> None:
    records = [make_record(n, block=n, p50_ns=n, status=Status.INVALID) for n in range(1, 9)]
    assert drifts(records) == ()


def test_what_is_told() -> None:
    calm = Drift(FIRED, 0.31, (1, 0.99), (2, 1.01))
    moved = Drift(PRIMARY_LATENESS, 0.0005, (3, 0.938), (5, 1.104))
    assert drift_text([calm]) == "none was found in fired/s (p = 0.31)"
    text = drift_text([moved, calm])
    assert text.startswith(
        "blocks differ in primary lateness (p < 0.001): the median trial of a cell was 6.2 % below "
        "the run's in block 3 and 10 % above the run's in block 5; none was found in fired/s"
    )
    assert "differences to controls do not" in text
