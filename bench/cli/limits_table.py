"""The rows of ``bench limits`` for a terminal, and as Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from rich.console import Console
from rich.text import Text

from bench.limits.claim import ClaimRow
from bench.limits.registry import GROUPS
from bench.report.sheet import Column, print_sheet
from bench.words.claims import Verdict, verdicts_text
from bench.words.escape import printable, table
from bench.words.plurals import counted

_STYLES = {Verdict.HOLDS: "green", Verdict.FAILS: "yellow", Verdict.UNTRIED: "cyan"}
_VERDICT_WIDTH = 10
"""The longest word group: "does not / hold here", "cannot be / tried here"."""
_TITLES = ("verdict", "claim", "source", "how it was tried", "kernel's answer", "why")


def summary(rows: Sequence[ClaimRow], release: str) -> str:
    """One line: the kernel and how many rows came to which verdict."""
    words = verdicts_text(row.verdict for row in rows)
    return f"Kernel {printable(release)}: {counted(len(rows), 'claim')} about bpf_timer: {words}"


def print_rows(console: Console, rows: Sequence[ClaimRow], release: str) -> None:
    """Print a table for each group; what all its rows share is said once, above it."""
    for group, members in groupby(rows, key=lambda row: row.group):
        own = list(members)
        console.print(Text(GROUPS[group], style="bold"))
        for name, text in _shared(own).items():
            console.print(Text(f"{name}: {text}", style="dim"))
        _print(console, own)
    console.print(Text(summary(rows, release), style="bold"))


def _shared(rows: Sequence[ClaimRow]) -> dict[str, str]:
    """Source and method, where several rows have the same."""
    if len(rows) < 2:
        return {}
    sources, methods = {row.source for row in rows}, {row.method for row in rows}
    found = {"source": sources, "tried": methods}
    return {name: printable(*values) for name, values in found.items() if len(values) == 1}


_COLUMNS = (
    Column("claim", ratio=1),
    Column("verdict", width=_VERDICT_WIDTH),
    Column("kernel's answer", ratio=1),
)


def _print(console: Console, rows: Sequence[ClaimRow]) -> None:
    shared = _shared(rows)
    fields = [
        (_claim(row, shared), Text(row.verdict, style=_STYLES[row.verdict]), _answer(row))
        for row in rows
    ]
    print_sheet(console, _COLUMNS, fields)


def _claim(row: ClaimRow, shared: dict[str, str]) -> Text:
    text = Text(printable(row.claim))
    text.append(f"\n{row.id}", style="dim bold")
    if "source" not in shared:
        text.append(f"\nsource: {printable(row.source)}", style="dim")
    if "tried" not in shared:
        text.append(f"\ntried: {printable(row.method)}", style="dim")
    return text


def _answer(row: ClaimRow) -> Text:
    text = Text(printable(row.answer))
    if row.reason:
        text.append(f"\n{printable(row.reason)}", style=_STYLES[row.verdict])
    return text


def markdown(rows: Sequence[ClaimRow], release: str) -> str:
    """All rows as a Markdown document."""
    return "\n".join(_markdown_lines(rows, release)) + "\n"


def _markdown_lines(rows: Sequence[ClaimRow], release: str) -> Iterator[str]:
    yield "# What bpf_timer cannot do, tried"
    yield ""
    yield summary(rows, release) + "."
    for group, members in groupby(rows, key=lambda row: row.group):
        yield ""
        yield f"## {GROUPS[group]}"
        yield ""
        yield table(
            _TITLES,
            [
                (row.verdict, row.claim, row.source, row.method, row.answer, row.reason)
                for row in members
            ],
            right=len(_TITLES),
        )
