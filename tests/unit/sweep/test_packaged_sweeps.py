"""Every sweep that comes with the tool says what it asks, and what its comment says is so."""

from __future__ import annotations

import re

import pytest

from bench.drivers.registry import fitted
from bench.sweep.checks import check_cells
from bench.sweep.plan import expand, expected_seconds, plan
from bench.sweep.sweep_file import packaged_sweeps, read_sweep

SWEEPS = packaged_sweeps()
TIME = re.compile(
    r"Expected time: about ([\d.]+) (min|s) on 2 CPUs "
    r"\((\d+) cells(?: with controls)?, (\d+) trials each"
)


def test_the_sweeps_that_the_documentation_names_are_there() -> None:
    named = {
        "quick",
        "accuracy",
        "throughput",
        "ksoftirqd",
        "gc",
        "alternatives",
        "cost",
        "connections",
    }
    assert named <= set(SWEEPS)


@pytest.mark.parametrize("name", SWEEPS)
def test_a_packaged_sweep_can_be_run_on_two_cpus(name: str) -> None:
    sweep = read_sweep(name)
    assert sweep.name == name and sweep.question.endswith("?")
    check_cells(expand(sweep, fitted), cpus=2, allow_overload=sweep.allow_overload)


@pytest.mark.parametrize("name", SWEEPS)
def test_its_comment_tells_cells_trials_and_time(name: str) -> None:
    text = SWEEPS[name].read_text()
    assert text.startswith("# Question: ")
    found = TIME.search(text.replace("\n# ", " "))
    assert found is not None, "its comment tells no time"
    sweep = read_sweep(name)
    assert int(found[3]) == len(expand(sweep, fitted))
    assert int(found[4]) == sweep.repeat
    told = float(found[1]) * (60 if found[2] == "min" else 1)
    seconds = expected_seconds(sweep, plan(sweep, seed=1, normalise=fitted))
    assert told == pytest.approx(seconds, rel=0.25)
