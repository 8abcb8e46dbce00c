"""Tables that no terminal breaks: where a word or a figure would not fit, a card for each row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from bench.report.answer_lines import wrapped

NARROW = 100
"""Columns below which a table must leave room for its words to be read, not only to be there."""
_READABLE = 1.6
"""Times the narrowest width in which no word is broken, on a narrow terminal."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column.

    Attributes:
        figures: Flush right, and never in two lines.
        ratio: Its share of the width that is left.
        width: Of a column whose texts are known.
    """

    title: str
    figures: bool = False
    ratio: int | None = None
    width: int | None = None


def print_sheet(
    console: Console,
    columns: Sequence[Column],
    rows: Sequence[Sequence[Text]],
    *,
    title: str = "",
    styles: Sequence[str] = (),
) -> None:
    """A table if all its words and figures fit, else a card for each row, named by its first field.

    Args:
        console: Where to.
        columns: What a row has.
        rows: Their fields; several lines are kept apart.
        title: Above them.
        styles: One for each row.
    """
    known = styles or [""] * len(rows)
    made = _table(columns, rows, known)
    if title:
        _lines(console, Text(title, style="bold"), "", "  ")
    if _fits(console, made):
        console.print(made)
        return
    for row, style in zip(rows, known, strict=True):
        _card(console, columns, row, style)


def _table(
    columns: Sequence[Column], rows: Sequence[Sequence[Text]], styles: Sequence[str]
) -> Table:
    expand = any(column.ratio for column in columns)
    made = Table(box=SIMPLE_HEAD, padding=(0, 1), pad_edge=False, expand=expand)
    for column in columns:
        side = "right" if column.figures else "left"
        made.add_column(
            column.title,
            justify=side,  # type: ignore[arg-type]
            no_wrap=column.figures,
            ratio=column.ratio,
            width=column.width,
            overflow="fold",
        )
    for row, style in zip(rows, styles, strict=True):
        made.add_row(*row, style=style)
    return made


def _fits(console: Console, made: Table) -> bool:
    """Whether no word is broken; on a narrow terminal also whether sentences have some room."""
    measured = Measurement.get(console, console.options.update(width=10_000), made)
    if measured.maximum <= console.width:
        return True
    least = measured.minimum if console.width >= NARROW else measured.minimum * _READABLE
    return least <= console.width


def _card(console: Console, columns: Sequence[Column], row: Sequence[Text], style: str) -> None:
    for number, (column, field) in enumerate(zip(columns, row, strict=True)):
        if number == 0:
            field = field.copy()
            field.stylize(f"bold {style}".strip())
            _lines(console, field, "", "  ")
        elif field.plain:
            named = Text.assemble((f"{column.title}: ", "dim"), field)
            _lines(console, named, "  ", "    ")


def _lines(console: Console, text: Text, first: str, others: str) -> None:
    """Each line of the text wrapped at blanks; styles are those of its first character."""
    for number, line in enumerate(text.split("\n")):
        indent = first if number == 0 else others
        style = str(line.spans[-1].style) if line.spans else str(line.style)
        for one in wrapped(line.plain, console.width, indent, others) or [""]:
            console.print(Text(one, style=style, no_wrap=True), soft_wrap=True)
