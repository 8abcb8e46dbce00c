from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from bench.cli import risk as module
from bench.cli.risk import risk_of
from bench.errors import BenchError
from bench.host.reserve import SlabObject
from bench.spec import Cell, Control, Hook

MakeCell = Callable[..., Cell]


@pytest.fixture(autouse=True)
def _kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "slab_object", lambda: SlabObject(144, 40))


def test_the_most_of_all_cells_counts(make_cell: MakeCell) -> None:
    small = make_cell(map_size=1_000, timeout_ns=100_000_000)
    large = make_cell(map_size=100_000, timeout_ns=100_000_000)
    tcp = make_cell(program="tcp", load_hz=5_000, hook=Hook.TP_BTF)
    found = risk_of([small, large, tcp, replace(large, control=Control.IDLE)], cpus=2)
    assert found.callbacks_hz == 1_000_000
    assert found.cpu_share == pytest.approx(0.125)
    assert found.connections_hz == 5_000
    assert found.memory_bytes is not None and found.memory_bytes > 100_000 * 192
    said = list(found.lines(2))
    assert said[0] == "risk: up to 1M callbacks/s, 12.5% of 2 CPUs"
    assert "listened on" in said[-1] and "no setting is changed" in said[-1]


def test_saturation_and_closed_loops_are_said(make_cell: MakeCell) -> None:
    full = risk_of([make_cell(map_size=100_000, timeout_ns=1_000_000)], cpus=1)
    assert "100% of 1 CPU, which are then full" in next(full.lines(1))
    closed = risk_of([make_cell(program="tcp", load_hz=None, hook=Hook.TP_BTF)], cpus=1)
    assert closed.callbacks_hz is None and closed.connections_hz is None
    assert "as fast as this host can" in list(closed.lines(1))[1]


def test_without_btf_nothing_is_said_of_memory(
    make_cell: MakeCell, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none() -> SlabObject:
        raise BenchError("no BTF")

    monkeypatch.setattr(module, "slab_object", none)
    found = risk_of([make_cell()], cpus=1)
    assert found.memory_bytes is None
    assert not any("MiB" in line for line in found.lines(1))
