"""Tables of instructions as a section of a matrix: operation by kernel, and what changed."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from urllib.parse import quote

from bench.guest.packages import version_key
from bench.instructions import words
from bench.instructions.against import Difference, differences, same_identity
from bench.instructions.files import folded_file
from bench.instructions.table import Row, Table, read_table


@dataclass(frozen=True, slots=True)
class Counted:
    """A table and its files, as the page links them.

    Attributes:
        table: What was counted of one kernel.
        file: Link to the table itself.
        folded: Link to its folded stacks; empty if they are not there.
    """

    table: Table
    file: str
    folded: str


@dataclass(frozen=True, slots=True)
class Step:
    """From one kernel to the next.

    Attributes:
        base: Name of the older one.
        now: Name of the newer one.
        changed: Operations whose usual path is another one, those that grew most first.
        not_compared: Operations without an exact figure on one side.
    """

    base: str
    now: str
    changed: tuple[Difference, ...]
    not_compared: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class Instructions:
    """The section.

    Attributes:
        kernels: From old to new.
        steps: One for each two neighbours.
    """

    kernels: tuple[Counted, ...]
    steps: tuple[Step, ...]

    @property
    def rows(self) -> list[tuple[tuple[str, str], list[Row | None]]]:
        """Operation and conditions, with the row of each kernel."""
        tables = [each.table for each in self.kernels]
        return [
            (key, [words.row_with(table, key) for table in tables]) for key in words.keys(tables)
        ]


def read_instructions(files: Sequence[Path], page: Path) -> Instructions:
    """Tables that ``bench instructions --output`` wrote.

    Args:
        files: The tables; folded stacks are looked for beside them.
        page: Folder of the page that links them.

    Raises:
        BenchError: One cannot be read, or they cannot be compared.
    """
    read = [(read_table(file), file) for file in files]
    ordered = sorted(read, key=lambda each: version_key(each[0].kernel.release))
    tables = [table for table, _ in ordered]
    for other in tables[1:]:
        same_identity(tables[0], other)
    return Instructions(
        kernels=tuple(_counted(table, file, page) for table, file in ordered),
        steps=tuple(_step(base, now) for base, now in pairwise(tables)),
    )


def _counted(table: Table, file: Path, page: Path) -> Counted:
    folded = folded_file(file.parent, table)
    return Counted(table, _link(file, page), _link(folded, page) if folded.is_file() else "")


def _link(file: Path, page: Path) -> str:
    return quote(os.path.relpath(file, page))


def _step(base: Table, now: Table) -> Step:
    found = differences(base, now, 0.0)
    changed = [each for each in found if not each.why and each.functions]
    return Step(
        base.kernel.name,
        now.kernel.name,
        changed=tuple(sorted(changed, key=lambda each: -(each.change or 0))),
        not_compared=tuple(each for each in found if each.why),
    )
