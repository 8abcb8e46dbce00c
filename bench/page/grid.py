"""Tables of the page: texts to read and numbers to sort by. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from bench.analysis.cell_rows import CellRow, Names
from bench.analysis.effects import CONTROL_NAMES, Effects, HostEffect, middle_of, spread_of
from bench.analysis.estimate import Estimate
from bench.analysis.figure_text import marked_ends, median_text, trials_text
from bench.analysis.late_runs import LateRun, late_runs
from bench.analysis.tails import Percentile, Tail, known_percentiles
from bench.analysis.tails import range_text as percentile_ends
from bench.quantities.catalogue import NUMBERS
from bench.quantities.quantity import Quantity
from bench.store.run import Run
from bench.units import format_count, format_duration, format_percent

MOST_OUTLIERS = 100


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a table.

    Attributes:
        note: A second, smaller line: the interval.
        sort: What to sort by; None sorts by the text.
        marked: Whether it must not be relied on.
    """

    text: str
    note: str = ""
    sort: float | None = None
    marked: bool = False


@dataclass(frozen=True, slots=True)
class Heading:
    """Title of a quantity, what it means, and whether it holds numbers."""

    title: str
    meaning: str = ""
    numeric: bool = True


@dataclass(frozen=True, slots=True)
class Grid:
    """A sortable table; ``compact`` if what names its rows is short."""

    key: str
    caption: str
    headings: Sequence[Heading]
    rows: Sequence[Sequence[Field]] = field(default=())
    compact: bool = False


def numbers(rows: Sequence[CellRow]) -> Grid:
    """Every quantity of every cell with its interval; columns without any value are left out."""
    shown = [quantity for quantity in NUMBERS if any(row.get(quantity) for row in rows)]
    headings = [
        Heading("cell", numeric=False),
        Heading("trials", "trials that count, of how many if not all"),
        *(Heading(quantity.title, quantity.meaning) for quantity in shown),
    ]
    body = [
        [
            Field(row.text),
            Field(trials_text(row), sort=row.ok),
            *(_number(quantity, row, row.get(quantity)) for quantity in shown),
        ]
        for row in rows
    ]
    return Grid("numbers", "All quantities of all cells", headings, body)


def own(rows: Sequence[CellRow]) -> Grid:
    """What programs and engines measured themselves, a row for each quantity of a cell."""
    headings = (
        Heading("cell", numeric=False),
        Heading("quantity", numeric=False),
        Heading("median"),
        Heading("meaning", numeric=False),
    )
    body = [
        [
            Field(row.text),
            Field(quantity.title),
            _number(quantity, row, row.get(quantity)),
            Field(quantity.meaning),
        ]
        for row in rows
        if row.cell.control is None
        for quantity in row.own
    ]
    return Grid("own", "What programs and engines measured themselves", headings, body)


def _number(quantity: Quantity, row: CellRow, estimate: Estimate | None) -> Field:
    if estimate is None:
        return Field("-")
    text = median_text(quantity, estimate, flagged=row.flagged)
    return Field(text, marked_ends(quantity, estimate), estimate.median, row.flagged)


_OVERHEAD_HEADINGS = (
    Heading("cell", numeric=False),
    Heading("against", numeric=False),
    Heading("quantity", numeric=False),
    Heading("effect", "cell minus control, or cell over control (times)"),
    Heading("blocks", "blocks in which both were measured"),
)


def overheads(found: Effects, names: Names) -> Grid:
    """What timers cost ksoftirqd and the connections, against each control."""
    rows = [_overhead(item, names) for item in (*found.ksoftirqd, *found.application)]
    return Grid("overheads", "Cells against their controls", _OVERHEAD_HEADINGS, rows)


def _overhead(item: HostEffect, names: Names) -> list[Field]:
    effect = item.effect
    return [
        Field(names[item.host, effect.cell]),
        Field(CONTROL_NAMES[effect.control]),
        Field(effect.quantity.title),
        Field(middle_of(effect), spread_of(effect), effect.estimate),
        Field(str(effect.blocks), sort=effect.blocks),
    ]


def tails(found: Sequence[Tail]) -> Grid:
    """High percentiles of each cell's callbacks together, as far as any cell has them."""
    names = known_percentiles(found)
    headings = [
        Heading("cell", numeric=False),
        Heading("trials", "ok trials whose callbacks these are"),
        Heading("callbacks", "of these trials together"),
        *(Heading(name, "lateness; below it the range over trials") for name in names),
    ]
    rows = [
        [
            Field(tail.cell),
            Field(str(tail.trials), sort=tail.trials),
            Field(format_count(tail.callbacks), sort=tail.callbacks),
            *(_percentile(tail.percentiles.get(name)) for name in names),
        ]
        for tail in found
    ]
    return Grid("tails", "Tails of all callbacks of a cell", headings, rows)


def _percentile(found: Percentile | None) -> Field:
    if found is None:
        return Field("-")
    return Field(format_duration(found.ns), percentile_ends(found), found.ns)


_OUTLIER_HEADINGS = (
    Heading("cell", numeric=False),
    Heading("trial"),
    Heading("callbacks", "late ones in the same softirq run"),
    Heading("lateness"),
    Heading("irq", "softirq raised after the expiry"),
    Heading("entry", "softirq begun after that"),
    Heading("queue", "callbacks before this one"),
    Heading("at", "time since the window opened"),
    Heading("CPU"),
    Heading("venue", numeric=False),
    Heading("over task", "name and pid of the task it ran over", numeric=False),
    Heading(
        "softirq before", "vector that ran before on this CPU, and for how long", numeric=False
    ),
    Heading("steal", "share of CPU time stolen at that time"),
)


def outliers(runs: Sequence[Run], names: Names) -> Grid:
    """The latest callback of each softirq run, latest first."""
    several = len(runs) > 1
    found = [(each, run.name if several else "") for run in runs for each in late_runs(run.records)]
    found.sort(key=lambda item: -item[0].latest.lateness_ns)
    rows = [_outlier(late, names[host, late.record.cell]) for late, host in found[:MOST_OUTLIERS]]
    return Grid("outliers", "The latest callbacks", _OUTLIER_HEADINGS, rows)


def _outlier(late: LateRun, cell: str) -> list[Field]:
    outlier, record = late.latest, late.record
    before = f"{outlier.before} {format_duration(outlier.before_ns)}" if outlier.before else "-"
    stages = (outlier.irq_ns, outlier.entry_ns, outlier.queue_ns)
    return [
        Field(cell),
        Field(str(record.trial), sort=record.trial),
        Field(str(late.callbacks), sort=late.callbacks),
        *(_duration(ns) for ns in (outlier.lateness_ns, *stages, outlier.t_ns)),
        Field(str(outlier.cpu), sort=outlier.cpu),
        Field(outlier.venue),
        Field(f"{outlier.comm} {outlier.pid}".strip()),
        Field(before),
        Field(format_percent(outlier.steal), sort=outlier.steal),
    ]


def _duration(ns: int | None) -> Field:
    return Field(format_duration(ns), sort=ns)
