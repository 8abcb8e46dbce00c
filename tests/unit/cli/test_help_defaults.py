"""A default that a help text names is the one that counts, in each command."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import click
import pytest

from bench.cli import capacity as capacity_module
from bench.cli.capacity import capacity
from bench.cli.options import sweep_of
from bench.cli.run import run
from bench.programs.registry import PROGRAMS
from bench.spec import Sweep

Of = Callable[[dict[str, Any]], Sweep | None]


def of_run(given: dict[str, Any]) -> Sweep | None:
    return sweep_of(None, given)


def of_capacity(given: dict[str, Any]) -> Sweep | None:
    return replace(capacity_module._sweep(given), seed=None)


def told_defaults() -> Iterator[tuple[click.Command, Of, str, str]]:
    for command, of in ((run, of_run), (capacity, of_capacity)):
        for option in command.params:
            found = re.search(r"\[([^][ ]+|p99 lateness)\]$", getattr(option, "help", "") or "")
            if found and found[1] != "off" and option.name not in ("low", "high", "scale"):
                yield command, of, str(option.name), found[1]


@pytest.mark.parametrize(
    ("command", "of", "name", "told"),
    [pytest.param(*case, id=f"{case[0].name} {case[2]}") for case in told_defaults()],
)
def test_leaving_an_option_out_is_the_default_that_help_names(
    command: click.Command, of: Of, name: str, told: str
) -> None:
    program = next(p.name for p in PROGRAMS.values() if name not in p.unused_axes)
    assert of({"program": program}) == of({"program": program, name: told})


def test_every_default_is_looked_at() -> None:
    names = {(command.name, name) for command, _, name, _ in told_defaults()}
    assert {("capacity", "duration"), ("capacity", "budget"), ("run", "hook")} <= names
    assert len(names) > 40


def test_capacity_offers_no_option_that_it_has_no_use_for() -> None:
    """Its search needs no second metric, measures no controls, and looks for overload."""
    names = {option.name for option in capacity.params}
    assert not names & {"precision_metric", "controls", "allow_overload"}
    metavars = {option.name: option.metavar for option in capacity.params}
    assert metavars["timeout"] == "VALUE", "one value each: several cells are refused"
