"""Comparisons of runs and of fleet runs as tables of the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from bench.compare.answer import Answer
from bench.compare.answer_text import answer_lines
from bench.compare.boots import BootsResult
from bench.compare.boots_text import boots_lines
from bench.compare.fleet_text import TOGETHER, fleet_notes, summary
from bench.compare.fleets import FleetResult
from bench.compare.result import Result
from bench.compare.text import ORDER, TITLES, Group, explanation, grouped, notes
from bench.compare.verdict import Comparison, Settings, Verdict
from bench.exits import Exit
from bench.report.sheet import Column, print_sheet

_STYLES = {Verdict.WORSE: "bold red", Verdict.BETTER: "green", Verdict.SAME: "dim"}


def show(out: Console, result: Result, shown: Sequence[Verdict]) -> None:
    """Two runs compared, then what the verdicts mean."""
    out.print(f"BASE {result.base}\nNEW  {result.new}\n", soft_wrap=True, markup=False)
    _body(out, result, shown)
    out.print(Text(explanation(result.settings), style="dim"))


def show_fleets(out: Console, result: FleetResult, shown: Sequence[Verdict]) -> None:
    """Two fleet runs compared: each host, then all together."""
    out.print(f"BASE fleet {result.base}\nNEW  fleet {result.new}\n", soft_wrap=True, markup=False)
    for note in fleet_notes(result):
        out.print(Text(note, style="yellow"))
    for name, found in result.hosts.items():
        out.print(Text(f"\nHost {name}", style="bold underline"))
        _body(out, found, shown)
    out.print(Text("\nAll hosts together", style="bold underline"))
    out.print(Text(TOGETHER, style="dim"))
    _answer(out, result.whole, result.settings)
    _tables(out, result.together, shown)
    out.print(Text(summary(result), style="bold"))
    out.print(Text(explanation(result.settings), style="dim"))


def show_boots(out: Console, result: BootsResult) -> None:
    """Boots compared: the answer, then single cells if there are boots enough."""
    for line in boots_lines(result):
        out.print(Text(line))
    _tables(out, result.comparisons, ORDER)
    out.print(Text(explanation(result.settings), style="dim"))


_ANSWERS = {Exit.GOOD: "bold green", Exit.BAD: "bold red"}


def _answer(out: Console, found: Answer, settings: Settings) -> None:
    first, *rest = answer_lines(found, settings)
    out.print(Text(first, style=_ANSWERS.get(found.exit, "bold yellow")))
    for line in rest:
        out.print(Text(f"  {line}"))


def _body(out: Console, result: Result, shown: Sequence[Verdict]) -> None:
    _answer(out, result.answer, result.settings)
    for note in notes(result):
        out.print(Text(note, style="yellow"))
    _tables(out, result.comparisons, shown)
    out.print(Text(result.summary, style="bold"))
    hidden = sum(result.count(verdict) for verdict in Verdict if verdict not in shown)
    if hidden:
        out.print(Text(f"{hidden} are not shown; --all shows them", style="dim"))


def _tables(out: Console, comparisons: Sequence[Comparison], shown: Sequence[Verdict]) -> None:
    for group in grouped(comparisons, shown):
        print_group(out, group)


_COLUMNS = [Column(title, figures=title not in ("metric", "verdict")) for title in TITLES]


def print_group(out: Console, group: Group) -> None:
    """One cell: a line for each metric, in the colour of its verdict."""
    rows = [[Text(text) for text in line.texts] for line in group.lines]
    styles = [_STYLES.get(line.verdict, "") for line in group.lines]
    print_sheet(out, _COLUMNS, rows, title=group.cell, styles=styles)
