"""Comparisons of runs and of fleet runs as tables of the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bench.compare.fleet_text import TOGETHER, fleet_notes, summary
from bench.compare.fleets import FleetResult
from bench.compare.result import Result
from bench.compare.text import TITLES, Group, explanation, grouped, notes
from bench.compare.verdict import Comparison, Verdict

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
    _tables(out, result.together, shown)
    out.print(Text(summary(result), style="bold"))
    out.print(Text(explanation(result.settings), style="dim"))


def _body(out: Console, result: Result, shown: Sequence[Verdict]) -> None:
    for note in notes(result):
        out.print(Text(note, style="yellow"))
    _tables(out, result.comparisons, shown)
    out.print(Text(result.summary, style="bold"))
    hidden = sum(result.count(verdict) for verdict in Verdict if verdict not in shown)
    if hidden:
        out.print(Text(f"{hidden} are not shown; --all shows them", style="dim"))


def _tables(out: Console, comparisons: Sequence[Comparison], shown: Sequence[Verdict]) -> None:
    for group in grouped(comparisons, shown):
        out.print(_table(group))


def _table(group: Group) -> Table:
    table = Table(
        title=Text(group.cell, style="bold"), title_justify="left", box=None, padding=(0, 1)
    )
    for title in TITLES:
        side = "left" if title in ("metric", "verdict") else "right"
        table.add_column(title, justify=side, no_wrap=title != "verdict")  # type: ignore[arg-type]
    for line in group.lines:
        table.add_row(*line.texts, style=_STYLES.get(line.verdict, ""))
    return table
