"""A comparison for people: the same rows for a terminal and for Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from bench.compare.result import Result
from bench.compare.verdict import Comparison, Settings, Verdict
from bench.report.cell_text import cell_text
from bench.report.escape import escape, table
from bench.spec import Cell
from bench.units import format_percent

TITLES = ("metric", "base", "new", "change", "95 % interval", "trials", "verdict")
ORDER = (Verdict.WORSE, Verdict.BETTER, Verdict.CANNOT_TELL, Verdict.SAME)
"""Worst news first."""
TO = " \N{EN DASH} "
LISTED = 3
"""Cells without a counterpart that are named; the others are counted."""


@dataclass(frozen=True, slots=True)
class Group:
    """The rows of one cell; each has the texts of :data:`TITLES`."""

    cell: str
    rows: list[tuple[str, ...]]


def groups(result: Result, shown: Sequence[Verdict]) -> list[Group]:
    """Comparisons with one of the verdicts, by cell."""
    return grouped(result.comparisons, shown)


def grouped(comparisons: Iterable[Comparison], shown: Sequence[Verdict]) -> list[Group]:
    """The same for any comparisons."""
    by_cell: dict[str, Group] = {}
    for item in comparisons:
        if item.verdict in shown:
            cell = cell_text(item.cell)
            by_cell.setdefault(cell, Group(cell, [])).rows.append(row(item))
    return list(by_cell.values())


def row(item: Comparison) -> tuple[str, ...]:
    """One comparison as texts."""
    metric = item.metric
    change = "-" if item.change is None else metric.change_text(item.change)
    why = f" ({item.why})" if item.why else ""
    return (
        metric.name,
        metric.text(item.base),
        metric.text(item.new),
        change,
        _interval_text(item),
        _trials_text(item),
        f"{item.verdict}{why}",
    )


def _interval_text(item: Comparison) -> str:
    if item.interval is None:
        return "-"
    ends = (item.interval.low, item.interval.high)
    return TO.join(item.metric.change_text(end).removesuffix(" points") for end in ends)


def _trials_text(item: Comparison) -> str:
    if item.base_trials == item.new_trials:
        return str(item.base_trials)
    return f"{item.base_trials}, {item.new_trials}"


def notes(result: Result) -> Iterator[str]:
    """What the reader must know beside the table, a sentence each."""
    if result.lost:
        yield f"LOST: no trial counts in NEW of {_listed(result.lost)}"
    for run in result.unfinished:
        yield f"{run} did not finish"
    if result.fewest > 1:
        yield (
            f"with so few trials for {len(result.comparisons) + result.beside} comparisons, no "
            f"change can be shown unless there are {result.fewest} of them: repeat more, or "
            "compare fewer cells"
        )
    for d in result.forced:
        yield f"FORCED although the runs differ in {d}"
    for d in result.subject:
        yield f"compared across {d}"
    for d in result.tools:
        yield f"another tool: {d}"
    for run, cells in (("BASE", result.gone), ("NEW", result.added)):
        if cells:
            yield f"only in {run}: {_listed(cells)}"


def _listed(cells: Sequence[Cell]) -> str:
    more = f" and {len(cells) - LISTED} more" if len(cells) > LISTED else ""
    listed = "; ".join(cell_text(cell) for cell in cells[:LISTED])
    return f"{len(cells)} {'cell' if len(cells) == 1 else 'cells'}: {listed}{more}"


def explanation(settings: Settings) -> str:
    """What the verdicts mean, with the thresholds used."""
    ratio, points = format_percent(settings.ratio), format_percent(settings.points)
    return (
        f"better and worse: shown to differ by more than {ratio} (shares: "
        f"{points.removesuffix('%')} points); of such findings at most "
        f"{format_percent(settings.alpha)} are expected to be false (Mann-Whitney, exact; "
        "Benjamini-Hochberg over all comparisons). same: shown to differ by less. cannot tell: "
        "neither is shown, which more trials may change. Intervals are of single comparisons."
    )


def markdown(result: Result) -> str:
    """The comparison for a pull request: what changed on top, the rest folded away."""
    parts = [
        f"### bench compare: {escape(result.summary)}",
        f"base `{escape(result.base)}`, new `{escape(result.new)}`",
        *(f"- {escape(note)}" for note in notes(result)),
        *tables(result.comparisons, ORDER[:2]),
        *folded(result.comparisons),
        str(escape(explanation(result.settings))),
    ]
    return "\n\n".join(parts) + "\n"


def tables(comparisons: Sequence[Comparison], shown: Sequence[Verdict]) -> Iterator[str]:
    """A table for each cell with one of the verdicts."""
    for group in grouped(comparisons, shown):
        yield f"**{escape(group.cell)}**"
        yield str(table(TITLES, group.rows, right=1))


def folded(comparisons: Sequence[Comparison]) -> Iterator[str]:
    """Tables of what did not change, folded away."""
    rest = list(tables(comparisons, ORDER[2:]))
    if rest:
        count = sum(item.verdict in ORDER[2:] for item in comparisons)
        yield f"<details><summary>{count} others</summary>"
        yield from rest
        yield "</details>"
