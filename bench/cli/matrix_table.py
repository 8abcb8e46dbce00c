"""A matrix for a terminal of 80 columns or more."""

from __future__ import annotations

from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bench.matrix import words
from bench.matrix.table import Cell, Change, KernelColumn, Matrix, MatrixRow
from bench.words.claims import Verdict
from bench.words.escape import printable

_STYLES = {Verdict.HOLDS: "green", Verdict.FAILS: "yellow", Verdict.UNTRIED: "cyan"}


def print_matrix(console: Console, matrix: Matrix, *, everything: bool) -> None:
    """Print kernels, the claims that changed or all of them, and the findings."""
    rows = matrix.rows if everything else [row for row in matrix.rows if row.changed]
    for title, members in words.by_group(rows):
        console.print(Text(title, style="bold"))
        console.print(_table(members, matrix.columns))
    if not rows:
        console.print("No claim changed between neighbours.")
    console.print(Text(words.LEGEND, style="dim"))
    console.print(_kernels(matrix.columns))
    if words.emulated(matrix):
        console.print(Text(words.EMULATED_NOTE, style="dim"))
    console.print(Text(words.checked_text(matrix), style="bold"))
    for item in matrix.findings:
        line = f"{item.kernel}: {item.claim}: known: {item.expected}; seen: {item.seen}"
        console.print(Text(f"finding: {printable(line)} ({printable(item.source)})", style="red"))


def _table(rows: Sequence[MatrixRow], columns: Sequence[KernelColumn]) -> Table:
    made = Table(box=SIMPLE_HEAD, padding=(0, 1), pad_edge=False, expand=True)
    made.add_column("claim", ratio=3, overflow="fold")
    for column in columns:
        made.add_column(Text(printable(column.title)), ratio=2, overflow="fold")
    for row in rows:
        pairs = zip(row.cells, row.changes, strict=True)
        claim = Text(printable(row.claim.text)).append(f"\n{row.claim.id}", style="dim")
        made.add_row(claim, *(_cell(cell, change) for cell, change in pairs))
    return made


def _cell(cell: Cell | None, change: Change) -> Text:
    text = printable(words.cell_text(cell, change))
    return Text(text, style=_STYLES[cell.verdict] if cell else "red")


def _kernels(columns: Sequence[KernelColumn]) -> Table:
    made = Table(box=SIMPLE_HEAD, padding=(0, 1), pad_edge=False)
    for title in ("kernel", "release", "executed", "claims"):
        made.add_column(title, overflow="fold")
    for column in columns:
        facts = (column.name, column.release or "-", words.how(column), words.tally(column))
        made.add_row(*(Text(printable(fact)) for fact in facts))
    return made
