"""Runs of connections whose costs follow a known law; test data, not measurements."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from random import Random

import pytest

from bench.analysis.cell_rows import CellRow, cell_rows
from bench.histogram import Histogram
from bench.record import Callbacks, Cost, LoadResult, TotalCost, TrialRecord
from bench.spec import AddressFamily, Cell, Ends, Engine, Hook, LoadShape, MapType
from bench.store.run import Run
from tests.unit.runs_on_disk import read_run as read_run
from tests.unit.runs_on_disk import write_run as write_run

BLOCKS = 6
POINTS = ((5_000, 1), (5_000, 10), (5_000, 300), (2_000, 10), (10_000, 10))
"""Rates with timeouts in seconds, as the sweep `connections` has them."""
Law = Callable[[float, float], float]


def timers(rate: float, live: float) -> float:
    """Share of one CPU: each timer costs more in a deeper tree."""
    return rate * (8_000 + 300 * math.log2(live)) / 1e9


def scans(rate: float, live: float) -> float:
    """Each entry costs its insertion, and a visit ten times a second."""
    return (rate * 1_500 + live * 10 * 40) / 1e9


LAWS: dict[Engine, Law] = {Engine.BPF_TIMER: timers, Engine.USER_GC: scans}


@pytest.fixture
def connections(
    make_cell: Callable[..., Cell], make_record: Callable[..., TrialRecord]
) -> Callable[..., list[TrialRecord]]:
    """Records of both engines at all points; ``noise`` is the relative scatter of a trial."""

    def cell_of(engine: Engine, rate: int, seconds: int) -> Cell:
        return make_cell(
            program="tcp",
            engine=engine,
            hook=Hook.AUTO,
            ends=Ends.SERVER,
            map_type=MapType.HASH,
            map_size=1 << 21,
            timeout_ns=seconds * 10**9,
            population=rate * seconds,
            load_hz=rate,
            load_shape=LoadShape.CONSTANT,
            ip=AddressFamily.IPV4,
            options=(("gc_period_ns", 10**8),) * (engine is Engine.USER_GC),
        )

    def make(
        noise: float = 0.0, points: Sequence[tuple[int, int]] = POINTS, seed: int = 5
    ) -> list[TrialRecord]:
        rng, found = Random(seed), []
        for block in range(1, BLOCKS + 1):
            for engine, law in LAWS.items():
                for rate, seconds in points:
                    share = law(rate, rate * seconds) * math.exp(rng.gauss(0, noise))
                    cell = cell_of(engine, rate, seconds)
                    record = make_record(len(found) + 1, block=block, cell=cell)
                    found.append(with_share(record, share, rate))
        return found

    return make


def with_share(record: TrialRecord, share: float, rate: float) -> TrialRecord:
    connect = Histogram.of([30_000] * 2_000).summary()
    return replace(
        record,
        cost=Cost(total=TotalCost(share=share, ns=share / rate * 1e9)),
        callbacks=Callbacks(fired=round(rate), offered_hz=rate, fired_hz=rate, served=1.0),
        measures={"entry_bytes": 100, "timer_bytes": 192},
        load=LoadResult(
            offered_hz=rate,
            achieved_hz=rate,
            connections=round(rate),
            connections_total=round(rate),
            errors={},
            connect=connect,
        ),
    )


@pytest.fixture
def rows_of(
    read_run: Callable[..., tuple[Run, ...]],
) -> Callable[[list[TrialRecord]], tuple[CellRow, ...]]:
    """Rows as a report reads them, but with the costs that the records state."""

    def rows(records: list[TrialRecord]) -> tuple[CellRow, ...]:
        (run,) = read_run([])
        return cell_rows([replace(run, records=records)])

    return rows
