from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bench.spec import Cell, Control
from bench.words.cell_label import cell_label

MakeCell = Callable[..., Cell]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"map_size": 100_000}, "resident 100k x 100ms, no load"),
        ({"load_hz": 5_000}, "resident 1k x 100ms, load 5k/s"),
        ({"program": "tcp", "load_hz": None, "timeout_ns": 1}, "tcp 1k x 1ns, load max"),
        ({"map_size": 1_001}, "resident 1001 x 100ms, no load"),
        ({"control": Control.IDLE}, "control idle"),
        ({"control": Control.LOAD, "load_hz": 5_000}, "control load: load 5k/s as for resident"),
        ({"control": Control.EMPTY}, "control empty of resident 1k x 100ms, no load"),
    ],
)
def test_a_cell_in_a_few_words(changes: dict[str, Any], expected: str, make_cell: MakeCell) -> None:
    assert cell_label(make_cell(**changes)) == expected
