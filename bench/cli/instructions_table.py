"""Tables of instructions for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from bench.instructions import words
from bench.instructions.against import Difference
from bench.instructions.table import Table
from bench.report.sheet import Column, print_sheet
from bench.words.escape import printable
from bench.words.plurals import counted


def print_tables(console: Console, tables: Sequence[Table]) -> None:
    """Operation by kernel, then why some have no figure."""
    kernels = [Column(printable(table.kernel.name), ratio=1) for table in tables]
    fields = []
    for key in words.keys(tables):
        rows = [words.row_with(table, key) for table in tables]
        fields.append([Text(printable(", ".join(key))), *(Text(words.figure(row)) for row in rows)])
    print_sheet(console, [Column("operation", ratio=3), *kernels], fields)
    for table in tables:
        for row in table.rows:
            if why := words.why_none(row):
                console.print(Text(f"{table.kernel.name}: {', '.join(row.key)}: {why}", "cyan"))
    console.print(Text(words.NOTE, style="dim"))


def print_differences(console: Console, found: Sequence[Difference], limit: float) -> None:
    """What grew, then what else changed; the verdict last."""
    for each in found:
        if each.grew or each.functions or each.why:
            line = printable(words.difference(each))
            console.print(Text(line, style="red" if each.grew else "cyan" if each.why else ""))
    grew = sum(each.grew for each in found)
    compared = sum(not each.why for each in found)
    verdict = f"{counted(grew, 'operation')} of {compared:,} grew by more than {limit:.3g}"
    console.print(Text(verdict, style="bold"))
