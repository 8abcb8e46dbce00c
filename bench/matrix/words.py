"""The texts of a matrix that Markdown, HTML and the terminal share. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from bench.matrix.reading import TITLES
from bench.matrix.table import Cell, Change, KernelColumn, Matrix, MatrixRow
from bench.record import Virtual
from bench.words.claims import Verdict, verdicts_text
from bench.words.plurals import counted, plural

MARKS = {Change.NONE: "", Change.ANSWER: "≈ ", Change.VERDICT: "≠ "}
LEGEND = (
    "A cell is marked against the nearest kernel to its left that could try the claim: "
    "≠ the verdict differs, ≈ the verdict is the same and the answer differs."
)
EMULATED_NOTE = (
    "Emulated guests show behaviour. Their time is not real, and nothing here is a measurement."
)
SHORT = {Verdict.HOLDS: "holds", Verdict.FAILS: "does not hold", Verdict.UNTRIED: "not tried"}
NO_CELL = "no answer"


def how(column: KernelColumn) -> str:
    """How a kernel was executed, and on what, if not on an architecture like this machine's."""
    way = {
        None: "this machine",
        Virtual.KVM: "guest with KVM",
        Virtual.EMULATED: "emulated guest",
    }[column.virtual]
    return f"{way}, {column.arch}" if column.arch else way


def cell_text(cell: Cell | None, change: Change) -> str:
    """A cell on one line: mark, verdict, answer or the reason why there is none."""
    if cell is None:
        return NO_CELL
    said = cell.answer if cell.tried else cell.reason
    return f"{MARKS[change]}{SHORT[cell.verdict]}: {said}"


def tally(column: KernelColumn) -> str:
    """Verdicts of a kernel, counted."""
    return verdicts_text(cell.verdict for cell in column.cells.values())


def by_group(rows: Sequence[MatrixRow]) -> Iterator[tuple[str, list[MatrixRow]]]:
    """Titles of groups with their rows."""
    for group, members in groupby(rows, key=lambda row: row.claim.group):
        yield TITLES.get(group, group), list(members)


def checked_text(matrix: Matrix) -> str:
    """How the comparison with what is known went."""
    deviating = len(matrix.findings)
    were = f"{counted(matrix.checked, 'answer')} {plural(matrix.checked, 'was', 'were')}"
    deviate = counted(deviating, "deviates", "deviate") if deviating else "none deviates"
    return f"{were} compared with what is known of these kernel versions; {deviate}."


def emulated(matrix: Matrix) -> bool:
    """Whether any column is of an emulated guest."""
    return any(column.virtual is Virtual.EMULATED for column in matrix.columns)
