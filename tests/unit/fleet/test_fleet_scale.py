"""Merging keeps figures, not records: memory does not grow with what a record holds."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

from bench.fleet.markdown import render
from bench.fleet.read import read_fleet
from tests.perf.fleet_scale import make_fleet
from tests.unit.fleet.test_fleet_markdown import row

RUN = min((Path(__file__).resolve().parents[3] / "results").glob("*-vm-quick"))
HOSTS, CELLS = 12, 40


def test_a_fleet_of_real_records_is_merged_whole(tmp_path: Path) -> None:
    size = make_fleet(tmp_path, RUN, HOSTS, CELLS)
    tracemalloc.start()
    fleet = read_fleet(tmp_path)
    kept, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [len(host.cells) for host in fleet.hosts] == [CELLS] * HOSTS
    assert kept < size / 2
    # One host is read at a time: far less than all hosts' records at once.
    assert peak - kept < size
    slow = row(render(fleet, by="rack"), f"| host{HOSTS // 2:04d} |")
    assert " complete | " in slow


def test_the_host_that_differs_is_named(tmp_path: Path) -> None:
    make_fleet(tmp_path, RUN, HOSTS, CELLS)
    text = render(read_fleet(tmp_path), by="arch")
    assert "| arch x86_64 |" in row(text, f"| host{HOSTS // 2:04d} | p50 lateness")
