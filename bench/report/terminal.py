"""The tables of a run for a terminal: 100 columns, median, then its interval or range."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import TextIO

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from bench.analysis.answers.question import Sentence
from bench.analysis.estimate import Estimate, level_of
from bench.analysis.figure_text import FLAG, LEVELS, RANGE, median_text, trials_text
from bench.analysis.provenance import Provenance, provenance
from bench.analysis.summary import Table, TableRow, plain, summarise
from bench.quantities.behaviour import NO_MEASUREMENT
from bench.quantities.catalogue import table_of
from bench.quantities.quantity import Quantity
from bench.record import RunHeader, Status, TrialRecord, is_measurement
from bench.report.answer_lines import print_answer
from bench.words.axes import LOAD, MAP_SIZE, TIMEOUT
from bench.words.escape import printable
from bench.words.plurals import counted

_MAIN = {axis.title for axis in (MAP_SIZE, TIMEOUT, LOAD)}
_NOTE = (
    "Medians over ok trials, from low to high their interval; from min to max, and marked "
    f"{RANGE}: the lowest and highest of too few trials for one. "
    f"{LEVELS} Lateness: callback time minus programmed expiry."
)
WIDTH = 100
"""Columns assumed where the output is not a terminal."""


MOST_CELLS = 300
"""More cells than this are not printed: nobody reads so long a table in a terminal."""


def console_for(file: TextIO) -> Console:
    """A console as wide as the terminal, or as COLUMNS says; 100 columns for a file or pipe."""
    known = file.isatty() or os.environ.get("COLUMNS", "").isdigit()
    return Console(file=file, width=None if known else WIDTH, highlight=False, emoji=False)


def print_report(
    console: Console,
    header: RunHeader,
    records: Sequence[TrialRecord],
    answer: Sequence[Sentence] = (),
) -> None:
    """Print a run: counts, its answer, a table per program, and the trials that do not count.

    Controls are left to report.md, which says what they mean for the cells.

    Args:
        console: Where to; see :func:`console_for`.
        header: ``run.json``.
        records: The latest record of each trial.
        answer: What they say together.
    """
    sources = provenance(records, header.trials_planned)
    console.print(Text(f"Run {printable(header.run_id)}: {_counts(sources)}"))
    if is_measurement(header):
        print_answer(console, answer)
    shown = plain(records)
    cells = len({record.cell for record in shown})
    tables: tuple[Table, ...] = ()
    if cells > MOST_CELLS:
        console.print(Text(f"{counted(cells, 'cell')}: their figures are in report.md."))
    else:
        tables = summarise(shown, table_of(header), level=level_of(header.sweep))
    for item in tables:
        console.print()
        console.print(_heading(item))
        for variant, rows in _by_variant(item).items():
            if variant:
                console.print(Text(printable(variant), style="italic"))
            for table in _tables(item, rows, console.width):
                console.print(table)
    if not is_measurement(header):
        console.print(Text(NO_MEASUREMENT, style="bold yellow"))
    elif tables:
        console.print(Text(_NOTE, style="dim"))
    if any(row.flagged for item in tables for row in item.rows):
        console.print(Text(f"{FLAG} invalid trials only: do not rely on these figures"))
    _print_troubles(console, sources)


def _counts(sources: Provenance) -> str:
    counts = sources.counts
    words = [f"{counts[status]} {status}" for status in Status]
    return ", ".join([*words, f"{sources.missing} not run"])


def _heading(item: Table) -> Text:
    fixed = ", ".join(f"{title} {value}" for title, value in item.fixed)
    return Text.assemble((printable(item.program), "bold"), f"  {printable(fixed)}")


def _by_variant(item: Table) -> dict[str, list[TableRow]]:
    """Rows by the text of their further axes, which would not fit beside the figures."""
    found: dict[str, list[TableRow]] = {}
    for row in item.rows:
        further = list(zip(item.axes, row.axes, strict=True))[_main_axes(item) :]
        variant = ", ".join(f"{title} {value}" for title, value in further)
        found.setdefault(variant, []).append(row)
    return found


def _main_axes(item: Table) -> int:
    return sum(title in _MAIN for title in item.axes)


def _tables(item: Table, rows: Sequence[TableRow], width: int) -> Iterator[RichTable]:
    """One table, or several with the same first columns where one would be wider.

    A figure that is broken over two lines reads as another figure.
    """
    main = item.axes[: _main_axes(item)]
    titles = [*main, "trials", *(quantity.title for quantity in item.quantities)]
    lines = [
        (line, "yellow" if row.flagged else "")
        for row in rows
        for line in _lines(row, len(main), item.quantities)
    ]
    cells = [[len(word) for word in title.split()] for title in titles]
    for line, _ in lines:
        for column, text in zip(cells, line, strict=False):
            column.append(text.cell_len)
    for columns in fitting([max(column) for column in cells], len(main) + 1, width):
        table = figures_table([titles[number] for number in columns])
        for line, style in lines:
            table.add_row(*(line[n] for n in columns if n < len(line)), style=style)
        yield table


def figures_table(titles: Sequence[str]) -> RichTable:
    """A table without rows, each word of a title on a line of its own."""
    table = RichTable(box=SIMPLE_HEAD, padding=0, pad_edge=False)
    for title in titles:
        table.add_column(Text(title.replace(" ", "\n")), justify="right", overflow="fold")
    return table


def fitting(widths: Sequence[int], fixed: int, most: int) -> Iterator[list[int]]:
    """Numbers of columns of each table: the first ones, and as many others as find room.

    A column has a space beside it, and a table one more at its edge.
    """
    taken = 1 + sum(widths[:fixed]) + fixed
    columns, used = list(range(fixed)), taken
    for number in range(fixed, len(widths)):
        if used + widths[number] + 1 > most and len(columns) > fixed:
            yield columns
            columns, used = list(range(fixed)), taken
        columns.append(number)
        used += widths[number] + 1
    yield columns


def _lines(row: TableRow, main: int, quantities: Sequence[Quantity]) -> Iterator[list[Text]]:
    """The line of medians and, for several trials, one with their lower ends, one with upper."""
    pairs = list(zip(quantities, row.figures, strict=True))
    medians = [median_text(quantity, figure, flagged=row.flagged) for quantity, figure in pairs]
    yield [Text(printable(text)) for text in (*row.axes[:main], trials_text(row), *medians)]
    several = [figure for _, figure in pairs if figure and figure.trials > 1]
    if several:
        intervals = any(figure.is_interval for figure in several)
        names = ("low", "high") if intervals else ("min", "max")
        for name, texts in zip(names, _ends(pairs, mark=intervals), strict=True):
            yield [Text(text, style="dim") for text in (*[""] * main, name, *texts)]


def _ends(
    pairs: Sequence[tuple[Quantity, Estimate | None]], *, mark: bool
) -> tuple[list[str], list[str]]:
    """Lower and upper ends; ``mark`` ranges, where others are intervals."""
    low, high = [], []
    for quantity, figure in pairs:
        sign = RANGE if mark and figure and figure.is_range else ""
        low.append(f"{quantity.text(figure.low)}{sign}" if figure else "")
        high.append(f"{quantity.text(figure.high)}{sign}" if figure else "")
    return low, high


def _print_troubles(console: Console, sources: Provenance) -> None:
    if not sources.troubles:
        return
    console.print()
    console.print(Text("Trials that do not count", style="bold"))
    for trouble in sources.troubles:
        style = "red" if trouble.status is Status.FAILED else "yellow"
        where = f"{trouble.trial}: {trouble.cell}: "
        line = Text.assemble((f"{trouble.status} ", style), printable(where + trouble.why))
        console.print(line)
