"""The kernel memory of tables whose values, or parts, are those of an engine."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from bench.programs.map_memory import HTAB_BUCKET_BYTES, HTAB_ELEM_BYTES, part_entries
from bench.programs.registry import find
from bench.spec import Cell, Engine, engines_of

MakeCell = Callable[..., Cell]
VALUES = {"bpf_timer": 32, "bpf_wq": 48, "user_gc": 8, "bpf_scan": 8, "lru": 8}


@pytest.mark.parametrize("engine", engines_of("tcp"))
def test_values_are_those_of_the_engine(engine: Engine, make_cell: MakeCell) -> None:
    cell = make_cell(program="tcp", engine=engine, map_size=1_024)
    found = find("tcp").map_bytes(cell)
    if engine is Engine.BPF_SWEEP:
        each = part_entries(1_024, 64)
        element = HTAB_ELEM_BYTES + 40 + 8
        assert found == 64 * (each * element + 64 * HTAB_BUCKET_BYTES)
    else:
        element = HTAB_ELEM_BYTES + 40 + VALUES[engine]
        assert found == 1_024 * (element + HTAB_BUCKET_BYTES)


@pytest.mark.parametrize(("engine", "objects"), [("bpf_timer", 1), ("bpf_wq", 2), ("bpf_scan", 0)])
def test_only_timers_and_works_are_allocated_beside(
    engine: str, objects: int, make_cell: MakeCell
) -> None:
    cell = make_cell(program="tcp", engine=engine, map_size=1_024, load_hz=100)
    program = find("tcp")
    assert program.objects(cell) == objects * program.outstanding(cell)


@pytest.mark.parametrize("map_size", [64, 1_000, 65_536, 1 << 20])
def test_a_part_has_room_for_what_hashing_puts_into_it(map_size: int) -> None:
    room = part_entries(map_size, 64)
    rng = np.random.default_rng(map_size)
    for _ in range(50):
        fullest = np.bincount(rng.integers(0, 64, map_size), minlength=64).max()
        assert fullest <= room
