from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bench.errors import UsageError
from bench.spec import Cell, Sweep
from bench.sweep.plan import expected_seconds, plan
from bench.sweep.sweep_file import packaged_sweeps, parse_sweep, read_sweep
from bench.sweep.sweep_text import sweep_yaml

GOOD = """\
question: how late?
duration: 2s
allow_overload: yes
cells:
  - program: resident
    map_size: [1k, 100k]
    timeout: 10ms
    load: [0, max]
"""


def parse(text: str) -> Sweep:
    return parse_sweep(text, file="my.yaml")


def refusal(text: str) -> UsageError:
    with pytest.raises(UsageError) as caught:
        parse(text)
    return caught.value


def test_a_sweep_is_read() -> None:
    sweep = parse(GOOD)
    assert (sweep.name, sweep.duration, sweep.allow_overload) == ("my", 2_000_000_000, True)
    assert sweep.cells[0].map_size == (1_000, 100_000)
    assert sweep.cells[0].load == (0, None)


def test_aliases_work() -> None:
    sweep = parse("cells:\n- {program: tcp, hold: &t 1ms, timeout: *t}\n")
    assert sweep.cells[0].hold == sweep.cells[0].timeout


MISTAKES = [
    # text, place, problem, remedy
    ("cells:\n- program: tcp\n  timeuot: 1ms", "line 3, cells[0].timeuot", "unknown", "timeout?"),
    ("repeet: 3\n" + GOOD, "line 1, repeet", "unknown key", "Did you mean repeat?"),
    ("<<: 1\n" + GOOD, "line 1, <<", "unknown key", "Known keys: name"),
    ("cells:\n- program: tpc", "line 2, cells[0].program", "'tpc'", "Did you mean tcp?"),
    ("cells:\n- map_size: 1k", "line 2, cells[0]", "key program is missing", "Add it"),
    ("name: x", "line 1", "key cells is missing", "Add it"),
    ("name: X y\n" + GOOD, "line 1, name", "'X y'", "a-z 0-9"),
    ("repeat: 0\n" + GOOD, "line 1, repeat", "'0'", "at least 1"),
    ("repeat: 1.5\n" + GOOD, "line 1, repeat", "'1.5'", "whole number"),
    ("warmup: 2d\n" + GOOD, "line 1, warmup", "'2d'", "at most 86400s"),
    ("max_steal: lots\n" + GOOD, "line 1, max_steal", "'lots' is not a share", "Correct"),
    ("allow_overload: perhaps\n" + GOOD.replace("allow_overload: yes\n", ""), "line 1", "", "true"),
    ("cells: []", "line 1, cells", "a list", "at least one"),
    ("cells: 3", "line 1, cells", "'3'", "Write a list"),
    ("cells: [3]", "line 1, cells[0]", "'3'", "keys with values"),
    ("3", "line 1", "'3'", "keys with values"),
    (GOOD.replace("10ms", "10"), "line 7, cells[0].timeout", "'10' has no known unit", ""),
    (GOOD.replace("10ms", "1:30"), "line 7, cells[0].timeout", "'1:30' is not a duration", ""),
    (GOOD.replace("10ms", ""), "line 7, cells[0].timeout", "'' is not a duration", "100us"),
    (GOOD.replace("100k]", "many]"), "line 6, cells[0].map_size[1]", "'many'", "65536"),
    (GOOD.replace("100k]", "0]"), "line 6, cells[0].map_size[1]", "'0'", "at least 1"),
    (GOOD.replace("max", "null"), "line 8, cells[0].load[1]", "'null'", "max"),
    (GOOD + "    hook: kprobe", "line 9, cells[0].hook", "'kprobe'", "'tp_btf' or 'sockops'"),
    (GOOD + "duration: 3s", "line 9, duration", "twice, first in line 2", "Remove one"),
    ("cells: [{program: tcp, hold: 0, hold: 1ms}]", "line 1, hold", "twice", "Remove one"),
    (GOOD + "\tx: 1", "line 9", "not valid YAML", "Correct"),
    (GOOD + "  - [", "line 9", "not valid YAML", "Correct"),
    ("cells: &a [*a]", "line 1", "recursive", "Correct"),
    (GOOD + "---\nname: two", "line 9", "another document", "Correct"),
    ("cells: \x01", "my.yaml", "not valid YAML", "Correct"),
    ("cells: " + "[" * 500, "line 1", "nested more than 20 levels deep", "Correct"),
    ("- " * 500, "line 1", "nested more than 20 levels deep", "Correct"),
    ("[{a: " * 500, "line 1", "nested more than 20 levels deep", "Correct"),
    ("# nothing\n", "my.yaml", "is empty", "cells"),
]


@pytest.mark.parametrize(
    "shape", ["{}", "cells: |\n  {}", "? |\n  {}\n: 1", "cells: [{{program: '{}'}}]"]
)
def test_what_is_no_sweep_is_quoted_by_a_line_at_most(shape: str) -> None:
    """As of ``--sweep /etc/passwd``."""
    lines = [f"user{n}:x:{n}:{n}:somebody:/home/user{n}:/bin/sh" for n in range(1_000)]
    said = refusal(shape.format("\n  ".join(lines)))
    text = f"{said.problem} {said.remedy} {said.detail}"
    assert "user0" in text and "user2:" not in text and len(text) < 600


@pytest.mark.parametrize(("text", "place", "problem", "remedy"), MISTAKES)
def test_a_mistake_has_place_value_and_remedy(
    text: str, place: str, problem: str, remedy: str
) -> None:
    error = refusal(text)
    assert error.problem.startswith("my.yaml")
    assert place in error.problem
    assert problem in error.problem
    assert remedy in str(error)
    assert error.exit_code == 2


def test_all_mistakes_are_listed_in_order_of_lines() -> None:
    error = refusal("repeat: 0\ncells:\n- program: tcp\n  hook: nowhere\n  laod: 5k\n")
    assert "line 1" in error.problem
    assert [line.split(":")[0] for line in error.detail.splitlines()] == [
        "my.yaml, line 4, cells[0].hook",
        "my.yaml, line 5, cells[0].laod",
    ]


def test_a_missing_file_names_the_packaged_sweeps(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"nope\.yaml.*No such file.*quick"):
        read_sweep(tmp_path / "nope.yaml")


def test_a_folder_and_a_binary_are_refused(tmp_path: Path) -> None:
    binary = tmp_path / "binary.yaml"
    binary.write_bytes(b"name: \xff\xfe")
    with pytest.raises(UsageError, match="Is a directory"):
        read_sweep(tmp_path)
    with pytest.raises(UsageError, match="not UTF-8 text"):
        read_sweep(binary)


def test_a_written_sweep_is_read_back() -> None:
    sweep = replace(parse(GOOD), seed=11, name="again")
    assert parse(sweep_yaml(sweep)) == sweep


@pytest.mark.parametrize("name", packaged_sweeps())
def test_packaged_sweeps_are_valid(name: str) -> None:
    sweep = read_sweep(name)
    assert sweep.name == name
    assert sweep.question


def applicable(cell: Cell) -> Cell:
    if cell.program == "resident":
        return replace(cell, hook=None)
    return replace(cell, phase=None, arm_cpus=None)


def test_quick_is_quick() -> None:
    sweep = read_sweep("quick")
    seconds = expected_seconds(sweep, plan(sweep, seed=0, normalise=applicable))
    assert seconds < 85, "its comment promises about 80 s, and 90 s is the limit"
