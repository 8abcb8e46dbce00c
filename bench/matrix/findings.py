"""A matrix against what is known: every deviation is a finding. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bench.guest.architecture import machine_of
from bench.matrix.expectations import EXPECTATIONS, Expectation
from bench.matrix.table import Cell, Finding, KernelColumn
from bench.words.claims import Verdict

RT_CLAIM = "kernel.preempt_rt"


def is_rt(column: KernelColumn) -> bool:
    """Whether the kernel is PREEMPT_RT: only there that claim can be tried."""
    cell = column.cells.get(RT_CLAIM)
    return cell is not None and cell.tried


def compared(
    columns: Sequence[KernelColumn], known: Sequence[Expectation] = EXPECTATIONS
) -> tuple[int, tuple[Finding, ...]]:
    """How many cells could be compared with what is known, and which deviate."""
    pairs = [
        (column, item, column.cells[item.claim])
        for column in columns
        for item in known
        if item.claim in column.cells
        and column.cells[item.claim].tried
        and item.fits(column.version, rt=is_rt(column), machine=machine_of(column.arch))
    ]
    return len(pairs), tuple(_deviations(pairs))


def _deviations(pairs: Sequence[tuple[KernelColumn, Expectation, Cell]]) -> Iterator[Finding]:
    for column, item, cell in pairs:
        if cell.verdict is not item.verdict or item.says not in cell.answer:
            yield Finding(
                kernel=column.name,
                claim=item.claim,
                expected=_text(item.verdict, item.says),
                seen=_text(cell.verdict, cell.answer),
                source=item.source,
            )


def _text(verdict: Verdict, answer: str) -> str:
    return f"{verdict}: {answer}" if answer else str(verdict)
