"""What programs and engines answer beside what every trial has: a declaration each. Pure.

The sentence, the charts and their order follow from the declaration.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bench.analysis.cell_rows import CellRow
from bench.quantities.cpu import ENGINE_CPU
from bench.quantities.quantity import Quantity
from bench.words.text import slug


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnAnswer:
    """What a kind of cells is measured for.

    Attributes:
        subject: What it is about.
        question: The question in a sentence, for the section.
        of: Whether a cell is of this kind.
        quantities: Titles of quantities in the order of charts; those that no cell has are left
            out.
        together: Title of the one chart of all of them; empty for a chart each.
    """

    subject: str
    question: str
    of: Callable[[CellRow], bool]
    quantities: tuple[str, ...]
    together: str = ""

    @property
    def key(self) -> str:
        """Anchor of its group of charts."""
        return f"own-{slug(self.subject)}"

    def rows(self, rows: Sequence[CellRow]) -> list[CellRow]:
        """Cells of this kind, no controls."""
        return [row for row in rows if row.cell.control is None and self.of(row)]

    def measured(self, rows: Sequence[CellRow]) -> list[Quantity]:
        """Its quantities that any of these cells has, in the declared order."""
        known = {q.title: q for row in rows for q in (*row.own, ENGINE_CPU) if row.get(q)}
        return [known[title] for title in self.quantities if title in known]


def _of_program(name: str) -> Callable[[CellRow], bool]:
    return lambda row: row.cell.program == name


_OPERATIONS = (
    "init",
    "set_callback",
    "start idle",
    "push back later",
    "push back sooner",
    "cancel",
    "delete pending",
    "delete fired",
    "replace",
    "insert",
)

_OF_LOOPS = (ENGINE_CPU.title, "gc scan")

OWN_ANSWERS = (
    OwnAnswer(
        subject="Sampling",
        question="How regular are the samples of each CPU, and how far do they drift?",
        of=_of_program("sampler"),
        quantities=("p99 jitter", "p50 jitter", "drift share", "p50 sample cost"),
    ),
    OwnAnswer(
        subject="Failure detection",
        question="How long until a silent backend is marked down, and how often is a good one?",
        of=_of_program("xdp_health"),
        quantities=("p99 detection delay", "p50 detection delay", "false alarms", "marked down"),
    ),
    OwnAnswer(
        subject="Operations",
        question="What does each operation on a timer take, in one call?",
        of=_of_program("churn"),
        quantities=tuple(f"p50 {name}" for name in _OPERATIONS),
        together="time of an operation",
    ),
    OwnAnswer(
        subject="Loops of engines",
        question="What does the loop of an engine cost, and how long does a scan take?",
        of=lambda row: any(row.get(q) for q in (ENGINE_CPU, *row.own) if q.title in _OF_LOOPS),
        quantities=_OF_LOOPS,
    ),
)
