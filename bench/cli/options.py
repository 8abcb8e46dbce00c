"""From command-line options to a sweep; mistakes name the option."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import fields, replace
from typing import Any

import click
from pydantic import TypeAdapter, ValidationError

from bench.cli.overload import confirmed
from bench.errors import UsageError, quoted
from bench.programs.fitting import misfits
from bench.programs.registry import PROGRAMS, find
from bench.quantities.catalogue import find_compared
from bench.spec import USUAL_CONTROLS, Controls, Grid, Sweep
from bench.sweep.complaint import bounds
from bench.sweep.sweep_file import read_sweep
from bench.words.axes import AXES
from bench.words.plurals import plural

SWEEP = TypeAdapter(Sweep)

_AXES: dict[str, str] = {
    "program": f"Program under test: {', '.join(PROGRAMS)}.",
    **{axis.key: axis.help for axis in AXES if axis.key},
}
_SWEEP_KEYS: dict[str, str] = {
    "duration": "Window of each trial. [5s]",
    "warmup": "Time before the window, on top of one timeout. [500ms]",
    "pilot": "Window of a pilot of each cell, by which the warm-up is prolonged. [0: none]",
    "repeat": "Trials per cell, each in its own block. [5]",
    "seed": "Seed of order and arrivals. [drawn, recorded]",
    "precision": "Repeat cells until the 97 % interval is within this, such as 5%. [off]",
    "precision_metric": "Metric whose interval counts. [p99 lateness]",
    "budget": "Measuring time after which nothing is repeated for precision. [10m]",
    "max_steal": "Share of stolen CPU time that makes a trial invalid. [0.1]",
    "controls": f"What to measure beside the cells: {', '.join(Controls)}. [{USUAL_CONTROLS}]",
}

_ALLOW_OVERLOAD = (
    "Permit more than the safety bounds, on the host of this name; in a terminal it asks."
)
_POLITE = "End a trial when others suffer, by pressure, run-queue or connect delay."
_FLAGS = ("allow_overload", "polite")
_OWN = "An axis of the program's own (bench run --list shows them); can be repeated."


def _flag(name: str) -> str:
    return "--" + name.replace("_", "-")


def sweep_options(
    *,
    texts: Mapping[str, str] | None = None,
    without: Collection[str] = (),
    value: str = "VALUES",
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Add the options that describe a sweep to a click command.

    Args:
        texts: Help of options that mean something else in the command, by name.
        without: Options that the command has no use for.
        value: What an axis takes: one value, or several.
    """
    shown = {**_AXES, **_SWEEP_KEYS, **(texts or {})}

    def add(command: Callable[..., Any]) -> Callable[..., Any]:
        if "polite" not in without:
            command = click.option("--polite", is_flag=True, default=None, help=_POLITE)(command)
        if "allow_overload" not in without:
            command = click.option(
                "--allow-overload",
                is_flag=False,
                flag_value="",
                metavar="HOST",
                help=_ALLOW_OVERLOAD,
            )(command)
        metavar = f"NAME={value}"
        command = click.option("--option", "options", multiple=True, metavar=metavar, help=_OWN)(
            command
        )
        for name, text in reversed(shown.items()):
            if name not in without:
                metavar = value if name in _AXES and name != "program" else "VALUE"
                command = click.option(_flag(name), name, metavar=metavar, help=text)(command)
        return command

    return add


def sweep_of(source: str | None, given: Mapping[str, Any]) -> Sweep | None:
    """The sweep that the options describe.

    Args:
        source: Name or path of a sweep file, or None.
        given: Option values by name, None where not given.

    Returns:
        None when neither a file nor an axis was given.

    Raises:
        UsageError: A value is wrong, or a file and axes are mixed.
    """
    axes = {name: given[name] for name in _AXES if given.get(name) is not None}
    if given.get("options"):
        axes["options"] = given["options"]
    keys = {n: given[n] for n in (*_SWEEP_KEYS, *_FLAGS) if given.get(n) is not None}
    if "allow_overload" in keys:
        keys["allow_overload"] = confirmed(keys["allow_overload"])
    if source is not None:
        return _from_file(source, axes, keys)
    if not axes:
        if keys:
            names = ", ".join(_flag(name) for name in keys)
            raise UsageError(f"{names} without a sweep", remedy="Add --program or --sweep")
        return None
    sweep = _validated({"cells": [_grid(axes)], **keys})
    _refuse_unused(sweep.cells[0], axes)
    return sweep


def _refuse_unused(grid: Grid, axes: Mapping[str, Any]) -> None:
    options = [name for name, _ in grid.options]
    found = misfits(find(grid.program), grid.engine, axes, options)
    if found:
        unused = [
            misfit.key.replace("options.", "--option ") if "." in misfit.key else _flag(misfit.key)
            for misfit in found
            if misfit.who == found[0].who
        ]
        problem = f"{found[0].who} has no use for {', '.join(unused)}"
        raise UsageError(problem, remedy=plural(len(unused), "Leave it out", "Leave them out"))


def _from_file(source: str, axes: Mapping[str, Any], keys: Mapping[str, Any]) -> Sweep:
    if axes:
        names = ", ".join(_flag(name) for name in axes)
        remedy = "Change the file, or describe the whole sweep by options"
        raise UsageError(f"{names} cannot be combined with a sweep file", remedy=remedy)
    sweep = read_sweep(source)
    checked = _validated({**keys, "cells": [{"program": "resident"}]})
    changed = {name: getattr(checked, name) for name in keys}
    return replace(sweep, **changed)


def _grid(axes: Mapping[str, Any]) -> dict[str, Any]:
    if "program" not in axes:
        known = ", ".join(PROGRAMS)
        raise UsageError("no program given", remedy=f"Add --program, one of: {known}")
    parsed: dict[str, Any] = {"program": axes["program"]}
    parsed |= {
        name: _values(text) for name, text in axes.items() if name in _AXES and name != "program"
    }
    parsed["options"] = dict(_own_axis(text) for text in axes.get("options", ()))
    return parsed


def _values(text: object) -> list[str]:
    return [part.strip() for part in str(text).split(",")]


def _own_axis(text: str) -> tuple[str, list[str]]:
    name, equals, values = text.partition("=")
    if not (name and equals and values):
        remedy = "Write NAME=VALUE, such as packets_hz=100k"
        raise UsageError(f"--option {quoted(text)} is not allowed", remedy=remedy)
    return name.strip(), _values(values)


def _validated(data: Mapping[str, Any]) -> Sweep:
    try:
        sweep = SWEEP.validate_python({"controls": USUAL_CONTROLS, **data})
    except ValidationError as error:
        first = error.errors()[0]
        known = {item.name for item in (*fields(Grid), *fields(Sweep))}
        names = [str(part) for part in first["loc"] if part in known and part != "cells"]
        option = _flag(names[-1]) if names else "options"
        reason = bounds(first) or str(first.get("ctx", {}).get("error", first["msg"]))
        problem = f"{option}: {quoted(_as_given(data, first['loc']))} is not allowed"
        raise UsageError(problem, remedy=reason[:1].upper() + reason[1:]) from error
    try:
        find_compared(sweep.precision_metric)
    except UsageError as error:
        problem = f"--precision-metric: {quoted(sweep.precision_metric)} is not allowed"
        raise UsageError(problem, remedy=error.remedy) from error
    return sweep


def _as_given(data: Any, location: Iterable[int | str]) -> Any:
    """The value at ``location`` as the user wrote it: pydantic reports what it made of it."""
    for step in location:
        try:
            data = data[step]
        except (LookupError, TypeError):
            break
    return data
