"""The matrix itself: claims by kernels. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from bench.record import Virtual
from bench.words.claims import Verdict


class Change(StrEnum):
    """How a cell differs from the nearest kernel to its left that answered."""

    NONE = ""
    ANSWER = "answer"
    VERDICT = "verdict"


@dataclass(frozen=True, slots=True)
class Cell:
    """What one kernel said to one claim; see ``bench.limits.claim.ClaimRow``."""

    verdict: Verdict
    answer: str
    errno: str = ""
    reason: str = ""

    @property
    def tried(self) -> bool:
        """Whether it says anything about the kernel."""
        return self.verdict is not Verdict.UNTRIED


@dataclass(frozen=True, slots=True)
class Claim:
    """What is claimed, and by whom."""

    id: str
    group: str
    text: str
    source: str


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a kernel has no column: what failed, and the end of its console."""

    problem: str
    detail: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class KernelColumn:
    """One kernel.

    Attributes:
        name: As the user wrote it.
        source: The package or file it came from; empty for the host.
        release: ``uname -r``; empty if it did not get so far.
        virtual: How it was executed; None = this machine itself.
        cells: By id of the claim.
        failure: Set if a command gave nothing that can be read.
        arch: Its architecture, as Debian calls it, if that is not this machine's; else empty.
    """

    name: str
    source: str
    release: str
    virtual: Virtual | None
    cells: dict[str, Cell]
    failure: Failure | None = None
    arch: str = ""

    @property
    def version(self) -> tuple[int, int]:
        """Version by its release, such as (6, 12); (0, 0) if unknown."""
        found = re.match(r"(\d+)\.(\d+)", self.release)
        return (int(found[1]), int(found[2])) if found else (0, 0)

    @property
    def title(self) -> str:
        """The name; that of this machine with its version, which the others' names have."""
        if self.virtual is not None or not self.release:
            return self.name
        return f"{self.name} {self.version[0]}.{self.version[1]}"


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """A claim with a cell and a change for each column; None where a kernel failed."""

    claim: Claim
    cells: tuple[Cell | None, ...]
    changes: tuple[Change, ...]

    @property
    def changed(self) -> bool:
        """Whether any neighbours differ."""
        return any(self.changes)


@dataclass(frozen=True, slots=True)
class Finding:
    """An answer that differs from what is known of such a kernel."""

    kernel: str
    claim: str
    expected: str
    seen: str
    source: str


@dataclass(frozen=True, slots=True)
class Matrix:
    """Everything that is shown."""

    commands: tuple[str, ...]
    columns: tuple[KernelColumn, ...]
    rows: tuple[MatrixRow, ...]
    findings: tuple[Finding, ...]
    checked: int

    @property
    def good(self) -> bool:
        """Whether every kernel answered and nothing deviates from what is known."""
        return not self.findings and all(column.failure is None for column in self.columns)


def rows_of(claims: Sequence[Claim], columns: Sequence[KernelColumn]) -> tuple[MatrixRow, ...]:
    """The rows; ``claims`` of all columns, in order, each once."""
    return tuple(
        _row(claim, [column.cells.get(claim.id) for column in columns]) for claim in claims
    )


def _row(claim: Claim, cells: Sequence[Cell | None]) -> MatrixRow:
    changes = []
    left: Cell | None = None
    for cell in cells:
        changes.append(_change(left, cell))
        left = cell if cell and cell.tried else left
    return MatrixRow(claim, tuple(cells), tuple(changes))


def _change(left: Cell | None, cell: Cell | None) -> Change:
    """A cell that could not be tried says nothing about a change."""
    if left is None or cell is None or not cell.tried:
        return Change.NONE
    if cell.verdict is not left.verdict:
        return Change.VERDICT
    return Change.ANSWER if cell.answer != left.answer else Change.NONE
