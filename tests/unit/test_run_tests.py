"""tests/run.sh: both halves are run, and nothing on both sides is no success."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[1] / "run.sh"
STAND_IN = """#!/bin/sh
echo "$*" >>{log}
case "$*" in *"not alone"*) exit {beside};; *) exit {alone};; esac
"""
NOTHING = 5


def run(
    folder: Path, beside: int, alone: int, marks: str = "and not nightly"
) -> tuple[int, list[str]]:
    """The exit code, and how Python was called, where pytest ends with these codes."""
    log, python = folder / "log", folder / "python"
    python.write_text(STAND_IN.format(log=log, beside=beside, alone=alone))
    python.chmod(0o755)
    done = subprocess.run(
        [SCRIPT, marks, "-x", "tests/unit"], env={"PYTHON": str(python)}, check=False
    )
    return done.returncode, log.read_text().splitlines()


def test_what_can_stand_beside_others_comes_first_and_on_all_cpus(tmp_path: Path) -> None:
    code, (first, second) = run(tmp_path, 0, 0)
    assert code == 0
    options = "-n auto --dist loadscope --no-loadscope-reorder"
    assert first.endswith(f"{options} -m not alone and not nightly -x tests/unit")
    slowest = "--durations 20 --durations-min 5"
    assert second == f"-m pytest {slowest} --reruns 1 -m alone and not nightly -x tests/unit"


def test_with_the_nightly_ones_nothing_is_run_again(tmp_path: Path) -> None:
    assert not any("--reruns" in call for call in run(tmp_path, 0, 0, marks="")[1])


@pytest.mark.parametrize(("beside", "alone"), [(NOTHING, 0), (0, NOTHING)])
def test_nothing_on_one_side_is_well(tmp_path: Path, beside: int, alone: int) -> None:
    assert run(tmp_path, beside, alone)[0] == 0


def test_nothing_on_both_sides_is_not(tmp_path: Path) -> None:
    assert run(tmp_path, NOTHING, NOTHING)[0] == NOTHING


@pytest.mark.parametrize(("beside", "alone", "calls"), [(1, 0, 1), (0, 1, 2), (NOTHING, 2, 2)])
def test_a_failure_ends_it(tmp_path: Path, beside: int, alone: int, calls: int) -> None:
    code, called = run(tmp_path, beside, alone)
    assert code in (1, 2) and len(called) == calls
