"""Checks of a whole sweep before anything is started."""

from __future__ import annotations

from collections.abc import Sequence

from bench.control import has_program
from bench.errors import UsageError
from bench.programs.registry import find
from bench.spec import Cell
from bench.units import NS_PER_DAY, exact_count, exact_duration, format_count
from bench.words.plurals import counted, plural

SAFE_HZ_PER_CPU = 10_000_000
"""Offered callbacks per second and CPU beyond which ``--allow-overload`` is needed.

About three times what a CPU serves: the host is saturated but stays usable, because
ksoftirqd is an ordinary thread. Beyond it nothing new is learned.
"""

LONGEST_TIMEOUT_NS = NS_PER_DAY


def normalised(cell: Cell) -> Cell:
    """The cell with the axes that its program does not know set to None.

    Raises:
        UsageError: Unknown program.
    """
    return find(cell.program).normalise(cell)


def check_cells(cells: Sequence[Cell], *, cpus: int, allow_overload: bool) -> None:
    """Refuse what a program cannot do, and overload that was not asked for.

    Raises:
        UsageError: Naming the first cell's value, the bound and the next step.
    """
    for cell in cells:
        if has_program(cell):
            find(cell.program).check(cell)
        if cell.timeout_ns > LONGEST_TIMEOUT_NS:
            raise UsageError(
                f"timeout {exact_duration(cell.timeout_ns)} is too long to be measured",
                remedy="Every trial waits one timeout before its window: use a day at most",
            )
        if not allow_overload:
            _check_rate(cell, cpus)


def _check_rate(cell: Cell, cpus: int) -> None:
    offered = find(cell.program).offered_hz(cell, float(cell.load_hz or 0))
    bound = SAFE_HZ_PER_CPU * cpus
    if offered is not None and offered > bound:
        timers = f"{exact_count(cell.map_size)} {plural(cell.map_size, 'timer')}"
        raise UsageError(
            f"{timers} at {exact_duration(cell.timeout_ns)} offer {format_count(offered)} "
            f"callbacks/s, the safety bound of this host is {format_count(bound)}/s "
            f"({counted(cpus, 'CPU')})",
            remedy="Use fewer timers or a longer timeout, or give --allow-overload",
        )
