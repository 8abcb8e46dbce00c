from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import yaml
from pydantic import TypeAdapter

from bench.spec import AddressFamily, Cell, Grid, LoadShape, MapType, Sweep
from bench.words.cell_text import OTHERS, cell_text, sweep_yaml, varies

MakeCell = Callable[..., Cell]
AXES = {axis.field: axis for axis in OTHERS}


def test_a_plain_cell_is_short(make_cell: MakeCell) -> None:
    assert cell_text(make_cell()) == "resident 1k x 100ms, load 0"


def test_what_is_no_default_is_told(make_cell: MakeCell) -> None:
    cell = make_cell(load_hz=None, ip=AddressFamily.IPV6, map_type=MapType.ARRAY, hold_ns=1_500)
    text = cell_text(cell)
    assert text == "resident 1k x 100ms, load max, map type array, IP ipv6, hold 1500ns"


def test_every_field_of_a_cell_is_an_axis(make_cell: MakeCell) -> None:
    main = {"program", "map_size", "timeout_ns", "load_hz"}
    assert set(make_cell().__dataclass_fields__) == main | set(AXES)


def test_fields_of_the_load_do_not_vary_by_its_absence(make_cell: MakeCell) -> None:
    cells = [
        make_cell(load_hz=0),
        make_cell(load_hz=5, hold_ns=7, load_shape=LoadShape.POISSON),
        make_cell(load_hz=None, hold_ns=7, load_shape=LoadShape.CLOSED),
    ]
    assert not varies(AXES["hold_ns"], cells)
    assert not varies(AXES["load_shape"], cells)


@pytest.mark.parametrize(
    "axes",
    [
        {},
        {"timeout": ["1500us", "1s"], "load": ["0", "5k", "max"], "map_type": ["hash", "array"]},
        {"hold": [0, "1ms"], "payload": "64", "clock": "boottime", "observer": "none"},
    ],
)
def test_a_sweep_is_written_as_a_file_that_means_the_same(axes: dict[str, Any]) -> None:
    sweep = Sweep(
        question="what: if #1?",
        max_steal=0.2,
        allow_overload=True,
        cells=(Grid(program="a", **axes),),
    )
    # A third reading of the file: plain YAML, then the model.
    assert TypeAdapter(Sweep).validate_python(yaml.safe_load(sweep_yaml(sweep))) == sweep
