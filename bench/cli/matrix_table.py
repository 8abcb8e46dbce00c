"""A matrix for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from bench.matrix import words
from bench.matrix.table import Cell, Change, KernelColumn, Matrix, MatrixRow
from bench.report.sheet import Column, print_sheet
from bench.words.claims import Verdict
from bench.words.escape import printable

_STYLES = {Verdict.HOLDS: "green", Verdict.FAILS: "yellow", Verdict.UNTRIED: "cyan"}


def print_matrix(console: Console, matrix: Matrix, *, everything: bool) -> None:
    """Print kernels, the claims that changed or all of them, and the findings."""
    rows = matrix.rows if everything else [row for row in matrix.rows if row.changed]
    for title, members in words.by_group(rows):
        console.print(Text(title, style="bold"))
        _print(console, members, matrix.columns)
    if not rows:
        console.print("No claim changed between neighbours.")
    console.print(Text(words.LEGEND, style="dim"))
    _print_kernels(console, matrix.columns)
    if words.emulated(matrix):
        console.print(Text(words.EMULATED_NOTE, style="dim"))
    console.print(Text(words.checked_text(matrix), style="bold"))
    for item in matrix.findings:
        line = f"{item.kernel}: {item.claim}: known: {item.expected}; seen: {item.seen}"
        console.print(Text(f"finding: {printable(line)} ({printable(item.source)})", style="red"))


def _print(console: Console, rows: Sequence[MatrixRow], columns: Sequence[KernelColumn]) -> None:
    kernels = [Column(printable(column.title), ratio=2) for column in columns]
    fields = []
    for row in rows:
        pairs = zip(row.cells, row.changes, strict=True)
        claim = Text(printable(row.claim.text)).append(f"\n{row.claim.id}", style="dim")
        fields.append([claim, *(_cell(cell, change) for cell, change in pairs)])
    print_sheet(console, [Column("claim", ratio=3), *kernels], fields)


def _cell(cell: Cell | None, change: Change) -> Text:
    text = printable(words.cell_text(cell, change))
    return Text(text, style=_STYLES[cell.verdict] if cell else "red")


def _print_kernels(console: Console, columns: Sequence[KernelColumn]) -> None:
    titles = [Column(title) for title in ("kernel", "release", "executed", "claims")]
    facts = (
        (column.name, column.release or "-", words.how(column), words.tally(column))
        for column in columns
    )
    print_sheet(console, titles, [[Text(printable(fact)) for fact in each] for each in facts])
