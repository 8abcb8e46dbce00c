from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Annotated, Any

import pytest
from pydantic import TypeAdapter, ValidationError

from bench.cli.run import run
from bench.spec import AXES, Axis, Cell, Grid, Hook, Sweep, hold_text, parse_load
from bench.spec.axis import rows
from bench.spec.values import Hold

SWEEP = TypeAdapter(Sweep)
NO_ROW = ("program", "options", "control", "setting")


def grid(**axes: Any) -> Grid:
    return Grid(program="resident", **axes)


def test_an_axis_takes_one_value_or_several() -> None:
    assert grid(timeout="10ms").timeout == (10_000_000,)
    assert grid(timeout=["10ms", "1s"]).timeout == (10_000_000, 1_000_000_000)
    assert grid(load=[0, "5k", "max"]).load == (0, 5_000, None)


@pytest.mark.parametrize(
    ("axis", "value"),
    [
        ("map_size", 0),
        ("map_size", 2**31 + 1),
        ("timeout", 0),
        ("timeout", 2**63),
        ("load", -1),
        ("load", "11m"),
        ("hold", -1),
        ("payload", "2m"),
        ("timeout", True),
        ("map_size", 1.5),
        ("map_type", "stack"),
        ("map_size", []),
    ],
)
def test_axes_are_checked(axis: str, value: object) -> None:
    with pytest.raises(ValidationError, match=axis):
        grid(**{axis: value})


def test_unknown_keys_are_refused() -> None:
    with pytest.raises(ValidationError, match="timeuot"):
        grid(timeuot="1ms")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("repeat", 0),
        ("duration", "1ms"),
        ("duration", "2d"),
        ("max_steal", 1.5),
        ("name", "../up"),
        ("seed", -1),
        ("cells", ()),
    ],
)
def test_sweeps_are_checked(key: str, value: object) -> None:
    fields: dict[str, Any] = {"cells": (grid(),)}
    with pytest.raises(ValidationError, match=key):
        Sweep(**(fields | {key: value}))


def test_a_sweep_survives_json() -> None:
    sweep = Sweep(cells=(grid(load=[0, "max"], timeout="1.5ms"),), seed=2**63 - 1)
    assert SWEEP.validate_json(SWEEP.dump_json(sweep)) == sweep


def test_closed_loop_is_written_max() -> None:
    assert parse_load("max") is None
    with pytest.raises(ValueError, match="closed loop"):
        parse_load("fast")


@pytest.mark.parametrize(("load_hz", "has_load"), [(0, False), (1, True), (None, True)])
def test_has_load(load_hz: int | None, has_load: bool) -> None:
    cell = Cell(program="tcp", map_size=1, timeout_ns=1, load_hz=load_hz)
    assert cell.has_load is has_load


def test_cells_are_hashable_values() -> None:
    one, same = (Cell(program="tcp", map_size=1, timeout_ns=1) for _ in range(2))
    assert len({one, same}) == 1


@dataclass(frozen=True, slots=True, kw_only=True)
class _Probe:
    """A cell with one axis more than any: all that adding one takes."""

    spare_ns: Annotated[Hold, Axis("spare", "Time to spare", 5_000, hold_text, key="spare")] = 0
    hook: Annotated[Hook | None, Axis("hook", "Where", Hook.AUTO, words=Hook)] = None
    program: str = "x"


def test_a_row_is_all_that_an_axis_needs() -> None:
    spare, hook = rows(_Probe)
    assert (spare.field, spare.key, spare.option) == ("spare_ns", "spare", "--spare")
    assert spare.help == "Time to spare. [5us]" and spare.of(_Probe(spare_ns=2_000)) == "2us"
    assert TypeAdapter(spare.type).validate_python("10ms") == 10_000_000
    assert hook.help == "Where: auto, fentry, tp_btf, sockops. [auto]"
    assert hook.type is Hook, "that an axis does not apply cannot be written in a sweep"
    assert hook.unused is None and hook.of(_Probe()) == "-"


def test_every_row_reaches_sweep_files_and_the_command_line() -> None:
    keys = [axis.key for axis in AXES]
    assert [item.name for item in fields(Grid)] == ["program", *keys, "options"]
    assert {axis.option for axis in AXES} <= {option.opts[0] for option in run.params}
    default = Grid(program="resident")
    assert all(getattr(default, axis.key) == (axis.default,) for axis in AXES)
    of_cell = [item.name for item in fields(Cell)]
    assert [axis.field for axis in AXES] == [n for n in of_cell if n not in NO_ROW]
