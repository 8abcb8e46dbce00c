"""A run in which every kind of trial occurs; test data, not measurements."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from bench.record import LoadResult, Noise, Status, TrialRecord
from bench.spec import AddressFamily, Cell, Hook, LoadShape

MakeRecord = Callable[..., TrialRecord]


@pytest.fixture
def cells(make_cell: Callable[..., Cell]) -> dict[str, Cell]:
    load = {"load_hz": 5_000, "load_shape": LoadShape.CONSTANT, "ip": AddressFamily.BOTH}
    tcp = make_cell(program="tcp", hook=Hook.AUTO, map_size=65_536, timeout_ns=1_000_000, **load)
    return {
        "small": make_cell(),
        "small with load": make_cell(**load),
        "large": make_cell(map_size=100_000),
        "large with load": make_cell(map_size=100_000, **load),
        "tcp": tcp,
        "tcp closed": replace(tcp, load_hz=None, load_shape=LoadShape.CLOSED),
    }


@pytest.fixture
def records(cells: dict[str, Cell], make_record: MakeRecord) -> list[TrialRecord]:
    """Two blocks: all ok; mixed; only invalid; only failed; an unmeasured percentile."""
    steal = {"reasons": ["steal 30% is above 10%"], "status": Status.INVALID}
    refused = {
        "reasons": ["kernel refused"],
        "error": "-EINVAL\nR1 | `fp`",
        "status": Status.FAILED,
    }
    noise = Noise(steal=0.02, involuntary_switches=3, interrupts=900)
    found = [
        make_record(1, cell=cells["small"], p50_ns=4_000, noise=noise),
        make_record(2, cell=cells["small with load"], p50_ns=6_000),
        make_record(3, cell=cells["large"], p50_ns=9_000, **steal),
        make_record(4, cell=cells["large with load"], **refused),
        make_record(5, cell=cells["tcp"], p50_ns=3_000),
        make_record(6, cell=cells["tcp closed"], p50_ns=3_200),
        make_record(7, cell=cells["small"], p50_ns=5_000, block=2),
        make_record(8, cell=cells["small with load"], p50_ns=90_000, block=2, **steal),
        make_record(9, cell=cells["large"], p50_ns=9_400, block=2, **steal),
        make_record(10, cell=cells["tcp"], p50_ns=3_500, block=2),
    ]
    assert found[4].lateness is not None
    assert isinstance(found[4].load, LoadResult)
    found[4] = replace(
        found[4],
        lateness=replace(found[4].lateness, p99_ns=None),
        load=replace(found[4].load, errors={"ECONNRESET": 2}, missed=1),
    )
    return found
