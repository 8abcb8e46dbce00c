"""Engines by lateness and total cost: which of them nothing beats in both. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bench.analysis.alternatives import same_timeouts
from bench.analysis.cell_rows import CellRow
from bench.analysis.estimate import Estimate
from bench.analysis.told_apart import is_higher
from bench.quantities.callbacks import P50
from bench.quantities.total_cost import TOTAL_CPU
from bench.spec import Cell
from bench.units import format_count
from bench.words.axes import LOAD, TIMEOUT


@dataclass(frozen=True, slots=True)
class Choice:
    """An engine that did some work.

    Attributes:
        best: Whether no other engine was as early and as cheap on the same work, and told apart
            from it in one of the two.
    """

    row: CellRow
    work: str
    cpu: Estimate
    late: Estimate
    best: bool


def choices(rows: Sequence[CellRow]) -> tuple[Choice, ...]:
    """Engines of valid cells that have both figures, by work; work of one engine is no choice."""
    groups: dict[tuple[str, Cell], list[CellRow]] = {}
    for row in rows:
        if row.ok and row.cell.control is None and row.get(TOTAL_CPU) and row.get(P50):
            groups.setdefault((row.host, same_timeouts(row.cell)), []).append(row)
    compared = [g for g in groups.values() if len({row.cell.engine for row in g}) > 1]
    return tuple(choice for group in compared for choice in _judged(group))


def _judged(group: Sequence[CellRow]) -> list[Choice]:
    return [
        Choice(row, work_text(row), cpu, late, not any(_beats(other, row) for other in group))
        for row in group
        if (cpu := row.get(TOTAL_CPU)) is not None and (late := row.get(P50)) is not None
    ]


def _beats(other: CellRow, row: CellRow) -> bool:
    """Whether the other is at least as good in both by the medians, and told apart in one."""
    pairs = [(other.get(quantity), row.get(quantity)) for quantity in (TOTAL_CPU, P50)]
    no_worse = all(theirs and own and theirs.median <= own.median for theirs, own in pairs)
    return no_worse and any(is_higher(row, other, quantity) for quantity in (TOTAL_CPU, P50))


def work_text(row: CellRow) -> str:
    """``5k/s, 300s, 1.5M live``."""
    cell = row.cell
    words = [f"{row.host}: {cell.program}" if row.host else cell.program]
    words += [f"load {LOAD.of(cell)}", f"timeout {TIMEOUT.of(cell)}"]
    words += [f"{format_count(cell.population)} live"] if cell.population else []
    return ", ".join(words)
