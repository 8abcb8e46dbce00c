"""Tables of a page, read from its HTML by an ordinary parser."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass(slots=True)
class Table:
    """Titles of columns, and by name of a row the number that each field sorts by."""

    columns: list[str] = field(default_factory=list)
    rows: dict[str, list[float | None]] = field(default_factory=dict)

    def number(self, row: str, column: str) -> float | None:
        """What a field holds; None where it has no number."""
        return self.rows[row][self.columns.index(column)]


class _Reader(HTMLParser):
    def __init__(self, key: str) -> None:
        super().__init__()
        self.key, self.table, self.inside, self.tag = key, Table(), False, ""
        self.name, self.numbers = "", [None]

    numbers: list[float | None]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "table":
            self.inside = found.get("id") == self.key
        if not self.inside:
            return
        self.tag = tag
        if tag == "button":
            self.table.columns.append("")
        elif tag == "tr":
            self.close_row()
        elif tag == "td":
            text = found.get("data-sort")
            self.numbers.append(None if text is None else float(text))

    def handle_data(self, data: str) -> None:
        if self.inside and self.tag == "button":
            self.table.columns[-1] += data
        elif self.inside and self.tag == "th":
            self.name += data.strip("\n")

    def handle_endtag(self, tag: str) -> None:
        self.tag = "" if tag in ("button", "th") else self.tag
        if tag == "table" and self.inside:
            self.close_row()
            self.inside = False

    def close_row(self) -> None:
        """A row may have no end tag; it ends where the next begins."""
        if self.name and len(self.numbers) > 1:
            self.table.rows[self.name] = self.numbers
        self.name, self.numbers = "", [None]


def table_of(html: str, key: str) -> Table:
    """The table with this id."""
    reader = _Reader(key)
    reader.feed(html)
    return reader.table
