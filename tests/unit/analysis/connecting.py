"""Timers on connections, measured in six blocks beside the same connections without timers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from bench.analysis.answers.question import Asked
from bench.analysis.cell_rows import cell_rows
from bench.analysis.effects import Effects
from bench.control import control_of
from bench.histogram import Histogram
from bench.record import Cost, TotalCost, TrialRecord
from bench.spec import AddressFamily, Cell, Control, Ends, Hook, LoadShape
from bench.store.run import Run

BLOCKS = range(1, 7)
AskedOf = Callable[[Sequence[TrialRecord]], Asked]
Measure = Callable[..., list[TrialRecord]]


@pytest.fixture
def timer(make_cell: Callable[..., Cell]) -> Cell:
    """A timer on each of 5k connections/s, for 300 s."""
    return make_cell(
        program="tcp",
        hook=Hook.AUTO,
        ends=Ends.SERVER,
        map_size=1 << 21,
        timeout_ns=300 * 10**9,
        population=1_500_000,
        load_hz=5_000,
        load_shape=LoadShape.CONSTANT,
        ip=AddressFamily.IPV4,
    )


def at(timer: Cell, rate: int, seconds: int) -> Cell:
    """The same at another rate, with another timeout."""
    return replace(timer, load_hz=rate, timeout_ns=seconds * 10**9, population=seconds * rate)


@pytest.fixture
def measure(make_record: Callable[..., TrialRecord]) -> Measure:
    """Trials of a cell with its cost, in each block a share of its own, and of its control."""

    def make(cell: Cell, *shares: float, late_ns: int = 20_000) -> list[TrialRecord]:
        late = Histogram.of([late_ns] * 2_000).summary()
        alone = control_of(cell, Control.LOAD)
        records = []
        for block in BLOCKS:
            share = shares[block % len(shares)]
            cost = Cost(total=TotalCost(share=share, ns=1.0))
            records.append(make_record(block, block=block, cell=cell, cost=cost, lateness=late))
            records.append(make_record(100 + block, block=block, cell=alone))
        return records

    return make


@pytest.fixture
def asked_of(read_run: Callable[..., tuple[Run, ...]]) -> AskedOf:
    """Questions to a run of these records."""

    def make(records: Sequence[TrialRecord]) -> Asked:
        (run,) = read_run([])
        numbered = [replace(record, trial=n) for n, record in enumerate(records, 1)]
        return Asked(cell_rows([replace(run, records=numbered)]), Effects((), (), ()))

    return make
