from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

from bench.spec import Cell, Engine
from bench.words.axes import cell_order


def test_numbers_ascend_wherever_they_stand(make_cell: Callable[..., Cell]) -> None:
    def at(rate: int, seconds: int) -> Cell:
        live = rate * seconds
        return make_cell(
            program="tcp", load_hz=rate, timeout_ns=seconds * 10**9, population=live, map_size=live
        )

    gc = [
        replace(at(5_000, 1), engine=Engine.USER_GC, options=(("gc_period_ns", ns),))
        for ns in (9_000_000, 10_000_000, 100_000_000)
    ]
    ordered = [at(2_000, 10), at(5_000, 1), at(5_000, 10), at(5_000, 300), *gc, at(10_000, 10)]
    places = [cell_order(cell) for cell in ordered]
    assert all(first < second for first, second in pairwise(places))
    assert sorted(reversed(places)) == places
