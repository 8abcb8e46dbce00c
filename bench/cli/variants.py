"""What differs between two variants, as the command line says it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bench.cli.options import sweep_of
from bench.drivers.registry import fitted
from bench.errors import UsageError, quoted
from bench.spec import AXES, Cell, Controls, Sweep
from bench.sweep.plan import expand
from bench.words.cells import cell_text
from bench.words.plurals import counted

_KEYS = frozenset(axis.key for axis in AXES)


@dataclass(frozen=True, slots=True)
class Variants:
    """Two cells, and how to measure them.

    Attributes:
        sysctl: The setting of the host in which they differ; None = they differ in themselves.
    """

    sweep: Sweep
    a: Cell
    b: Cell
    sysctl: str | None = None


def variants_of(
    given: Mapping[str, Any], a: Sequence[str], b: Sequence[str], sysctl: str | None
) -> Variants:
    """The variants that ``--a``, ``--b`` and ``--sysctl`` describe.

    Args:
        given: Options that both have in common.
        a: Each ``AXIS=VALUE``; ``b`` likewise.
        sysctl: ``NAME=A,B``.

    Raises:
        UsageError: Something is wrong, missing, or the same in both.
    """
    if sysctl is not None:
        if a or b:
            raise UsageError(
                "--sysctl and --a, --b name two differences", remedy="Give one of them"
            )
        return _of_sysctl(given, sysctl)
    if not (a and b):
        remedy = "Give --a AXIS=VALUE and --b AXIS=VALUE, or --sysctl NAME=A,B"
        raise UsageError("two variants are needed", remedy=remedy)
    ours, first = _one(given, a, "--a")
    theirs, second = _one(given, b, "--b")
    if first == second:
        raise UsageError(
            f"both variants are {cell_text(first)}", remedy="Let --a and --b differ in something"
        )
    sweep = replace(ours, cells=(*ours.cells, *theirs.cells))
    return Variants(sweep, first, second)


def _of_sysctl(given: Mapping[str, Any], text: str) -> Variants:
    name, equals, values = text.partition("=")
    one, comma, other = (part.strip() for part in values.partition(","))
    if not (name and equals and one and comma and other) or one.split() == other.split():
        raise UsageError(
            f"--sysctl {quoted(text)} is not allowed",
            remedy="Write NAME=A,B with two values, such as kernel.timer_migration=0,1",
        )
    sweep, cell = _one(given, (), "")
    first, second = (replace(cell, setting=f"{name}={value}") for value in (one, other))
    return Variants(sweep, first, second, name)


def value_of(cell: Cell) -> str:
    """The value that a cell of ``--sysctl`` wants."""
    return (cell.setting or "").partition("=")[2]


def _one(given: Mapping[str, Any], words: Sequence[str], option: str) -> tuple[Sweep, Cell]:
    """The sweep of one variant, which has one cell."""
    sweep = sweep_of(None, _with(given, words, option) | {"controls": Controls.NONE})
    assert sweep is not None
    cells = expand(sweep, fitted)
    if len(cells) != 1:
        remedy = "Give one value for each axis"
        raise UsageError(f"{counted(len(cells), 'cell')} of {option or 'both'}", remedy=remedy)
    return sweep, cells[0]


def _with(given: Mapping[str, Any], words: Sequence[str], option: str) -> dict[str, Any]:
    found = dict(given)
    for word in words:
        name, equals, value = word.partition("=")
        key = name.strip().lstrip("-").replace("-", "_")
        if not (key and equals and value):
            remedy = "Write AXIS=VALUE, such as engine=timerfd or map_size=10k"
            raise UsageError(f"{option} {quoted(word)} is not allowed", remedy=remedy)
        if key not in _KEYS:
            found["options"] = (*(found.get("options") or ()), f"{key}={value}")
        elif found.get(key) is not None:
            raise UsageError(f"{name} is given twice", remedy=f"Give it by {option} only")
        else:
            found[key] = value
    return found
