"""Every sweep that comes with the tool says what it asks, and what its comment says is so."""

from __future__ import annotations

import re

import pytest

from bench.cli.risk import risk_of
from bench.drivers.registry import fitted
from bench.programs.registry import find
from bench.sweep.checks import check_cells
from bench.sweep.plan import expand, expected_seconds, plan
from bench.sweep.sweep_file import packaged_sweeps, read_sweep

SWEEPS = packaged_sweeps()
TIME = re.compile(
    r"Expected time: about ([\d.]+) (min|s) on 2 CPUs "
    r"\((\d+) cells(?: with controls)?, (\d+) trials? each"
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


def test_the_first_command_saturates_nothing() -> None:
    """`make bench` runs quick: no CPU has more to do than half of what it can."""
    sweep = read_sweep("quick")
    assert not sweep.allow_overload
    risk = risk_of(expand(sweep, fitted), cpus=1)
    assert risk.connections_hz == 5_000
    assert risk.cpu_share is None or risk.cpu_share <= 0.5
    timed = [cell for cell in expand(sweep, fitted) if not find(cell.program).needs_load]
    share = risk_of(timed, cpus=1).cpu_share
    assert share is not None and share <= 0.5


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
