"""Tables of figures as Markdown: one for each program, and one for all controls. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bench.analysis.estimate import Estimate, by_cell, estimate, shown
from bench.analysis.figure_text import marked_ends, median_text, trials_text
from bench.analysis.summary import Table
from bench.quantities.columns import Column
from bench.record import TrialRecord
from bench.words.cell_label import control_label
from bench.words.escape import Markdown, table


@dataclass(frozen=True, slots=True)
class Part:
    """What a report says of one program: what does not vary, and the figures of its cells."""

    program: str
    fixed: str
    table: Markdown


def part(item: Table) -> Part:
    """A program's table as Markdown."""
    titles = (*item.axes, "trials", *(column.title for column in item.columns))
    rows = [
        [*row.axes, trials_text(row), *_texts(item.columns, row.figures, flagged=row.flagged)]
        for row in item.rows
    ]
    fixed = ", ".join(f"{title} {value}" for title, value in item.fixed)
    return Part(item.program, fixed, table(titles, rows))


def controls_table(records: Iterable[TrialRecord], columns: Sequence[Column]) -> Markdown | None:
    """The figures of all controls, each named by what it is; None if there are none."""
    cells = by_cell(record for record in records if record.cell.control is not None)
    rows = []
    for cell, trials in sorted(cells.items(), key=lambda item: control_label(item[0])):
        found = shown(trials)
        figures = [estimate(found.records, column.value) for column in columns]
        texts = _texts(columns, figures, flagged=found.flagged)
        rows.append([control_label(cell), trials_text(found), *texts])
    titles = ("control", "trials", *(column.title for column in columns))
    return table(titles, rows, right=1) if rows else None


def _texts(
    columns: Sequence[Column], figures: Sequence[Estimate | None], *, flagged: bool
) -> list[str]:
    texts = []
    for column, figure in zip(columns, figures, strict=True):
        median, spread = median_text(column, figure, flagged=flagged), marked_ends(column, figure)
        texts.append(f"{median} ({spread})" if spread else median)
    return texts
