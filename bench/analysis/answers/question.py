"""What a question is: when a sweep asks it, and what its records answer. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bench.analysis.cell_rows import CellRow
from bench.analysis.effects import Effects
from bench.analysis.production.hazard import Hazard
from bench.spec import Engine


@dataclass(frozen=True, slots=True)
class Grid:
    """The parts of a line as a table, for those who can show one.

    Attributes:
        caption: What stands for the text of the lines that share the table.
        rows: Texts, as many as titles.
    """

    caption: str
    titles: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Sentence:
    """One line of the answer.

    Attributes:
        subject: What it is about.
        section: Key of the section whose charts show it.
        parts: What the line consists of where it is several things, such as an engine each.
        verdict: What it comes to, for who reads nothing else; empty where the text is as short.
        grid: The parts as a table.
    """

    subject: str
    text: str
    section: str
    parts: tuple[str, ...] = ()
    verdict: str = ""
    grid: Grid | None = None

    @property
    def texts(self) -> tuple[str, ...]:
        """All its words but those of the table, which says the same."""
        return (self.subject, self.verdict, self.text, *self.parts)


@dataclass(frozen=True, slots=True)
class Said:
    """The words of a line, with what it consists of: see :class:`Sentence`."""

    text: str
    parts: tuple[str, ...] = ()
    verdict: str = ""
    grid: Grid | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """What questions are put to.

    Attributes:
        rows: All cells, controls among them.
        effects: What controls show.
        hazards: What would bite in production.
    """

    rows: Sequence[CellRow]
    effects: Effects
    hazards: Sequence[Hazard] = ()

    @property
    def plain(self) -> list[CellRow]:
        """Cells that are no controls, also those of invalid trials only."""
        return [row for row in self.rows if row.cell.control is None]

    @property
    def good(self) -> list[CellRow]:
        """Of these, those with a valid trial."""
        return [row for row in self.plain if row.ok]

    @property
    def timers(self) -> list[CellRow]:
        """Of these, those whose timeouts a bpf_timer provides."""
        return [row for row in self.good if row.cell.engine is Engine.BPF_TIMER]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question: one declaration for page, report.md and terminal.

    Attributes:
        subject: The first words of its lines.
        section: Key of the section whose charts show the answer.
        asked: Whether the sweep asks it; it is then answered, also by what is not known.
        said: The lines.
    """

    subject: str
    section: str
    asked: Callable[[Asked], bool]
    said: Callable[[Asked], Sequence[Said]]

    def answer(self, asked: Asked) -> list[Sentence]:
        """Its lines; none where the sweep does not ask it."""
        lines = self.said(asked) if self.asked(asked) else ()
        return [
            Sentence(self.subject, line.text, self.section, line.parts, line.verdict, line.grid)
            for line in lines
        ]


def has_timers(asked: Asked) -> bool:
    """Whether the sweep has cells of bpf_timer that are no controls."""
    return any(row.cell.engine is Engine.BPF_TIMER for row in asked.plain)


def has_load(asked: Asked) -> bool:
    """Whether the sweep has connections beside timers."""
    return any(row.cell.has_load for row in asked.plain)


def has_alternatives(asked: Asked) -> bool:
    """Whether the sweep has several engines."""
    return len({row.cell.engine for row in asked.plain}) > 1
