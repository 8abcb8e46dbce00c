"""What a sweep file says that its program has no use for, with line and key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from bench.errors import quoted
from bench.programs.fitting import misfits, options_of
from bench.programs.registry import PROGRAMS
from bench.spec import ENGINES, Grid, Sweep
from bench.sweep.complaint import Complaint, locate, nearest

NOT_AXES = {"program", "options"}


def program_complaints(
    root: yaml.Node, data: Mapping[str, Any], sweep: Sweep
) -> Iterator[Complaint]:
    """Unknown programs, and what known ones would silently do without.

    Args:
        root: The file, for lines.
        data: The same as plain values: what was written, and what was not.
        sweep: What it means.
    """
    for number, (written, grid) in enumerate(zip(data["cells"], sweep.cells, strict=True)):
        if grid.program in PROGRAMS:
            yield from _in_vain(root, number, written, grid)
        else:
            place = locate(root, ("cells", number, "program"))
            remedy = nearest(grid.program, PROGRAMS, "programs")
            problem = f"unknown program {quoted(grid.program)}"
            yield Complaint(place.line, place.key, problem, remedy)


def _in_vain(
    root: yaml.Node, number: int, written: Mapping[str, Any], grid: Grid
) -> Iterator[Complaint]:
    program = PROGRAMS[grid.program]
    axes = [key for key in written if key not in NOT_AXES]
    options = [name for name, _ in grid.options]
    for misfit in misfits(program, grid.engine, axes, options):
        place = locate(root, ("cells", number, *misfit.key.split(".", 1)))
        problem = f"{misfit.who} has no use for it"
        yield Complaint(place.line, place.key, problem, "Leave it out")
    known = {option.name for option in program.options} | options_of(ENGINES.values())
    for name in options:
        if name not in known:
            place = locate(root, ("cells", number, "options", name))
            remedy = nearest(name, sorted(known), "options")
            yield Complaint(
                place.line, place.key, f"program {program.name} has no such option", remedy
            )
