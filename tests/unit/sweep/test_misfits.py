"""What a program has no use for is refused in a file as on the command line, and never measured."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

import bench
from bench.cli.options import sweep_of
from bench.errors import UsageError
from bench.programs.fitting import default_of
from bench.programs.registry import PROGRAMS
from bench.spec import AXES, Cell, Sweep
from bench.store import RunFolder
from bench.sweep.plan import expand
from bench.sweep.sweep_file import packaged_sweeps, parse_sweep, read_sweep
from bench.sweep.sweep_text import sweep_yaml

TOP = Path(bench.__file__).parents[1]
PUBLISHED = [*TOP.glob("results/*/run.json"), *TOP.glob("tests/data/*/*/run.json")]
TEXTS = {"instrument": "stages", "map_size": "5k", "map_type": "array", "clock": "boottime"}


def unused() -> Iterator[tuple[str, str, str]]:
    for program in PROGRAMS.values():
        yield from ((program.name, "", key) for key in program.unused_axes)
        for engine in program.engines:
            yield from ((program.name, engine, key) for key in engine.facts.unused_axes)


def text_of(key: str) -> str:
    axis = next(axis for axis in AXES if axis.key == key)
    return TEXTS.get(key) or axis.text(axis.default)


def file_refusal(cell: str) -> UsageError:
    with pytest.raises(UsageError) as refused:
        parse_sweep(f"cells:\n- program: {cell}", file="my.yaml")
    return refused.value


@pytest.mark.parametrize(("program", "engine", "key"), list(unused()))
def test_an_axis_without_a_use_is_refused_in_both(program: str, engine: str, key: str) -> None:
    """Also with the value that it has anyway."""
    given = {"program": program, key: text_of(key)} | ({"engine": engine} if engine else {})
    with pytest.raises(UsageError, match=f"has no use for --{key.replace('_', '-')}"):
        sweep_of(None, given)
    more = f"  engine: {engine}\n" if engine else ""
    said = file_refusal(f"{program}\n{more}  {key}: {text_of(key)}\n")
    line = 4 if engine else 3
    who = f"engine {engine}" if engine else f"program {program}"
    assert said.problem == f"my.yaml, line {line}, cells[0].{key}: {who} has no use for it"
    assert said.remedy == "Leave it out"


def test_every_mistake_of_a_file_is_listed() -> None:
    other = "- {program: sampler, mode: periodic}"
    said = file_refusal(f"churn\n  instrument: stages\n  hook: auto\n{other}")
    assert "line 3, cells[0].instrument" in said.problem
    assert "line 4, cells[0].hook" in said.detail and "line 5, cells[1].mode" in said.detail


def test_one_engine_with_a_use_is_enough() -> None:
    text = "cells: [{program: sampler, engine: [bpf_timer, perf_event], clock: boottime}]"
    assert parse_sweep(text, file="x").cells[0].clock == ("boottime",)
    assert sweep_of(
        None, {"program": "sampler", "engine": "bpf_timer,perf_event", "clock": "boottime"}
    )


def test_an_option_of_another_engine_is_refused_in_both() -> None:
    said = file_refusal("tcp\n  load: 5k\n  options:\n    gc_batch: 64\n")
    assert said.problem == (
        "my.yaml, line 5, cells[0].options.gc_batch: engine bpf_timer has no use for it"
    )
    given = {"program": "tcp", "load": "5k", "options": ("gc_batch=64",)}
    with pytest.raises(UsageError, match="bpf_timer has no use for --option gc_batch"):
        sweep_of(None, given)
    assert sweep_of(None, given | {"engine": "user_gc"})


def test_an_unknown_option_has_line_and_key() -> None:
    said = file_refusal("churn\n  options: {rate: 5k}\n")
    assert said.problem == (
        "my.yaml, line 3, cells[0].options.rate: program churn has no such option"
    )
    assert "Did you mean rate_hz?" in said.remedy


@pytest.mark.parametrize("name", PROGRAMS)
def test_resetting_is_what_the_declaration_says(name: str) -> None:
    """An axis without a use makes no other cell, whatever its value."""
    program = PROGRAMS[name]
    load = {"load": "5k"} if program.needs_load or name in ("xdp_gc", "tc_gc") else {}
    plain = sweep_of(None, {"program": name, **load})
    assert plain is not None
    (cell,) = expand_cells(plain)
    for axis in AXES:
        if axis.key in program.unused_axes and axis.key != "map_size":
            values = axis.type if isinstance(axis.type, type) else ()
            for value in values:
                assert program.normalise(replace(cell, **{axis.field: value})) == cell, axis.key


def expand_cells(sweep: Sweep) -> list[Cell]:
    cells = expand(sweep, lambda cell: PROGRAMS[cell.program].normalise(cell))
    return [cell for cell in cells if cell.control is None]


@pytest.mark.parametrize("name", packaged_sweeps())
def test_packaged_sweeps_say_nothing_in_vain(name: str) -> None:
    assert read_sweep(name)


@pytest.mark.parametrize("file", PUBLISHED, ids=lambda file: file.parent.name)
def test_the_sweep_that_a_report_prints_can_be_run_again(file: Path) -> None:
    sweep = RunFolder.open(file.parent).header.sweep
    again = parse_sweep(sweep_yaml(sweep), file="my.yaml")
    assert expand_cells(again) == expand_cells(sweep)


def test_defaults_are_those_of_the_rows() -> None:
    assert default_of("map_size") == 65_536
