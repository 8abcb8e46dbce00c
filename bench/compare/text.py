"""A comparison for people: the same rows for a terminal and for Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from bench.compare.answer import factor
from bench.compare.answer_text import answer_lines
from bench.compare.comparable import Across
from bench.compare.margins import widened
from bench.compare.power import could_find
from bench.compare.result import Result
from bench.compare.verdict import Comparison, Settings, Verdict
from bench.spec import Cell
from bench.units import format_percent, percent_number
from bench.words.cells import cell_text
from bench.words.escape import escape, table
from bench.words.plurals import counted, plural

TITLES = ("metric", "base", "new", "change", "95 % interval", "trials", "verdict")
ORDER = (Verdict.WORSE, Verdict.BETTER, Verdict.CANNOT_TELL, Verdict.SAME)
"""Worst news first."""
TO = " \N{EN DASH} "
PRIMARY = " (primary)"
"""Beside the metric that decides its cell."""
OTHER_MACHINE = frozenset({Across.CPU, Across.MACHINE})
LISTED = 3
"""Cells without a counterpart that are named; the others are counted."""


@dataclass(frozen=True, slots=True)
class ComparisonLine:
    """One comparison: the texts of :data:`TITLES`, and the verdict as a value."""

    texts: tuple[str, ...]
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Group:
    """The comparisons of one cell."""

    cell: str
    lines: list[ComparisonLine]


def groups(result: Result, shown: Sequence[Verdict]) -> list[Group]:
    """Comparisons with one of the verdicts, by cell."""
    return grouped(result.comparisons, shown)


def grouped(comparisons: Iterable[Comparison], shown: Sequence[Verdict]) -> list[Group]:
    """The same for any comparisons."""
    by_cell: dict[str, Group] = {}
    for item in comparisons:
        if item.verdict in shown:
            cell = cell_text(item.cell)
            by_cell.setdefault(cell, Group(cell, [])).lines.append(line(item))
    return list(by_cell.values())


def line(item: Comparison) -> ComparisonLine:
    """One comparison as texts."""
    metric = item.metric
    change = "-" if item.change is None else metric.change_text(item.change)
    why = f" ({item.why})" if item.why else ""
    texts = (
        f"{metric.title}{PRIMARY if item.primary else ''}",
        metric.text(item.base),
        metric.text(item.new),
        change,
        _interval_text(item),
        _trials_text(item),
        f"{item.verdict}{why}",
    )
    return ComparisonLine(texts, item.verdict)


def _interval_text(item: Comparison) -> str:
    if item.interval is None:
        return "-"
    ends = (item.interval.low, item.interval.high)
    return TO.join(item.metric.change_number(end) for end in ends)


def _trials_text(item: Comparison) -> str:
    if item.base_trials == item.new_trials:
        return str(item.base_trials)
    return f"{item.base_trials}, {item.new_trials}"


def said(result: Result) -> Iterator[str]:
    """The answer, then the notes."""
    yield from answer_lines(result.answer, result.settings)
    yield from notes(result)


def notes(result: Result) -> Iterator[str]:
    """What the reader must know beside the table, a sentence each."""
    if result.lost:
        yield f"LOST: no trial counts in NEW of {_listed(result.lost)}"
    yield from _turned(result.comparisons)
    yield from _power(result)
    found = could_find(result.comparisons, result.settings)
    if found is not None:
        yield (
            f"these trials could find {factor(found - 1)} in one cell alone, of the median "
            "scatter, in four of five cases"
        )
    for d in result.forced:
        yield f"FORCED although the runs differ in {d}"
    for d in result.subject:
        yield f"compared across {d}"
    if any(d.group in OTHER_MACHINE for d in (*result.forced, *result.subject)):
        yield (
            "these are two machines, whose times say nothing about each other: hold the ratios of "
            "each to its own controls against the other's, in the reports of both"
        )
    yield from result.lacking
    for d in result.tools:
        yield f"another tool: {d}"
    for run, cells in (("BASE", result.gone), ("NEW", result.added)):
        if cells:
            yield f"only in {run}: {_listed(cells)}"


def _turned(comparisons: Sequence[Comparison]) -> Iterator[str]:
    """Where the change points another way than the two medians beside it."""
    turned = [item for item in comparisons if item.primary and _is_turned(item)]
    if turned:
        yield (
            f"in {counted(len(turned), 'primary row')} the change points another way than the two "
            "medians: "
            "it is the middle of the changes of all pairs of trials (Hodges-Lehmann), which uses "
            f"every trial; such is {turned[0].metric.title} of {cell_text(turned[0].cell)}"
        )


def _is_turned(item: Comparison) -> bool:
    if item.change is None or item.base is None or item.new is None:
        return False
    return item.change * (item.new - item.base) < 0


def _power(result: Result) -> Iterator[str]:
    """What no result could have shown with these trials; nothing where one change would do."""
    few = f"there are so few trials for {counted(result.tested, 'cell')}"
    if result.tested and result.fewest is None:
        yield f"{few} that no change can be shown, however large: repeat more"
    elif result.fewest is not None and result.fewest > 1:
        yield (
            f"{few} that a change can be shown only if at least {result.fewest} of them change, "
            "each as clearly as can be: repeat more, or compare fewer cells"
        )


def _listed(cells: Sequence[Cell]) -> str:
    more = f" and {len(cells) - LISTED} more" if len(cells) > LISTED else ""
    listed = "; ".join(cell_text(cell) for cell in cells[:LISTED])
    return f"{counted(len(cells), 'cell')}: {listed}{more}"


def explanation(settings: Settings) -> str:
    """What the verdicts mean, with the thresholds used."""
    points = percent_number(settings.points)
    level = format_percent(1 - settings.alpha)
    wide = widened(settings.ratio, settings.points)
    also = f", and twice what recorded runs of the same thing differ by: {', '.join(wide)}"
    return (
        "Each cell is decided by its primary metric: p99 lateness where the sample carries it, "
        "else p50. Trials that the timers themselves spoilt rank worst there; those that the host "
        f"spoilt are left out of both runs. A cell is good if the one-sided {level} bound of the "
        f"change lies below {factor(settings.detect - 1)} (--detect). "
        f"better and worse: shown to differ by more than {format_percent(settings.ratio)} (shares: "
        f"{points} {plural(float(points), 'point')}{also if wide else ''}); of "
        f"such findings at most {format_percent(settings.alpha)} are expected to be false "
        "(Mann-Whitney, exact; Benjamini-Hochberg, over primary metrics and over all others). "
        "same: shown to differ by less. cannot tell: neither is shown, which more trials may "
        "change. Intervals are of single comparisons."
    )


def markdown(result: Result) -> str:
    """The comparison for a pull request: what changed on top, the rest folded away."""
    parts = [
        f"### bench compare: {escape(result.summary)}",
        f"base `{escape(result.base)}`, new `{escape(result.new)}`",
        *(f"- {escape(note)}" for note in said(result)),
        *tables(result.comparisons, ORDER[:2]),
        *folded(result.comparisons),
        str(escape(explanation(result.settings))),
    ]
    return "\n\n".join(parts) + "\n"


def tables(comparisons: Sequence[Comparison], shown: Sequence[Verdict]) -> Iterator[str]:
    """A table for each cell with one of the verdicts."""
    for group in grouped(comparisons, shown):
        yield f"**{escape(group.cell)}**"
        yield str(table(TITLES, [line.texts for line in group.lines], right=1))


def folded(comparisons: Sequence[Comparison]) -> Iterator[str]:
    """Tables of what did not change, folded away."""
    rest = list(tables(comparisons, ORDER[2:]))
    if rest:
        count = sum(item.verdict in ORDER[2:] for item in comparisons)
        yield f"<details><summary>{counted(count, 'other')}</summary>"
        yield from rest
        yield "</details>"
