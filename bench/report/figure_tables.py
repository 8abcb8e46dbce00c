"""Tables of figures as Markdown: one for each program, and one for all controls. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from textwrap import indent

from bench.analysis.answers.question import Grid
from bench.analysis.effect_text import label_among
from bench.analysis.estimate import Estimate, by_cell, shown
from bench.analysis.figure_text import marked_ends, median_text, trials_text
from bench.analysis.summary import Table
from bench.quantities.own import own_quantities
from bench.quantities.quantity import Quantity
from bench.record import TrialRecord
from bench.spec import Cell
from bench.words.axes import cell_order
from bench.words.cells import control_text
from bench.words.escape import Markdown, table


@dataclass(frozen=True, slots=True)
class Part:
    """What a report says of one program: what does not vary, and the figures of its cells."""

    program: str
    fixed: str
    table: Markdown


def answer_grid(found: Grid) -> Markdown:
    """The table of a line of the answer, indented as a part of an item of a list."""
    return Markdown(indent(table(found.titles, found.rows, right=len(found.titles)), "  "))


def part(item: Table) -> Part:
    """A program's table as Markdown."""
    titles = (*item.axes, "trials", *(quantity.title for quantity in item.quantities))
    rows = [
        [*row.axes, trials_text(row), *_texts(item.quantities, row.figures, flagged=row.flagged)]
        for row in item.rows
    ]
    fixed = ", ".join(f"{title} {value}" for title, value in item.fixed)
    return Part(item.program, fixed, table(titles, rows))


def controls_table(
    records: Iterable[TrialRecord], quantities: Sequence[Quantity]
) -> Markdown | None:
    """The figures of all controls, each named by what it is; None if there are none."""
    cells = by_cell(record for record in records if record.cell.control is not None)
    rows = []
    for cell, trials in sorted(cells.items(), key=_control_order):
        found = shown(trials)
        figures = [found.estimate(quantity) for quantity in quantities]
        texts = _texts(quantities, figures, flagged=found.flagged)
        rows.append([control_text(cell), trials_text(found), *texts])
    titles = ("control", "trials", *(quantity.title for quantity in quantities))
    return table(titles, rows, right=1) if rows else None


def _control_order(item: tuple[Cell, list[TrialRecord]]) -> tuple[object, ...]:
    return str(item[0].control), cell_order(item[0])


def own_table(records: Sequence[TrialRecord]) -> Markdown | None:
    """What programs and engines measured themselves, a row each; None if there is nothing."""
    cells = by_cell(records)
    label = label_among(list(cells))
    rows = []
    for cell, trials in sorted(cells.items(), key=lambda item: cell_order(item[0])):
        found, name = shown(trials), label(cell)
        for quantity in own_quantities(found.records):
            figure = found.estimate(quantity)
            (text,) = _texts([quantity], [figure], flagged=found.flagged)
            rows.append([name, quantity.title, text, quantity.meaning])
            name = ""  # Named once: its quantities follow.
    return table(("cell", "quantity", "median", "meaning"), rows, right=4) if rows else None


def _texts(
    quantities: Sequence[Quantity], figures: Sequence[Estimate | None], *, flagged: bool
) -> list[str]:
    texts = []
    for quantity, figure in zip(quantities, figures, strict=True):
        median = median_text(quantity, figure, flagged=flagged)
        spread = marked_ends(quantity, figure)
        texts.append(f"{median} ({spread})" if spread else median)
    return texts
