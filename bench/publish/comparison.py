"""Any two runs compared, as ``bench compare`` does; reused by the trends. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from bench.compare.comparable import Across
from bench.compare.result import Result, compare_runs
from bench.compare.text import ORDER, Group, groups
from bench.compare.verdict import Settings
from bench.errors import UsageError
from bench.publish.catalogue import Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two runs, the older one as base.

    Attributes:
        result: None if they cannot be compared.
        why: The reason then.
    """

    base: Entry
    new: Entry
    result: Result | None = None
    why: str = ""

    @property
    def name(self) -> str:
        """Name of its page, without the ending."""
        return f"{self.base.id}--{self.new.id}"

    @property
    def groups(self) -> list[Group]:
        """All comparisons by cell, worst news first within each."""
        return groups(self.result, ORDER) if self.result else []


def pairs(entries: Sequence[Entry]) -> Iterator[Pair]:
    """Every two of the runs, given newest first.

    Host facts may differ: what a pair differs in is listed, not refused. Runs with other
    windows, without a cell in common, or from emulated guests cannot be compared.
    """
    for new, base in combinations(entries, 2):
        if not (base.measured and new.measured):
            yield Pair(base=base, new=new, why="the time of an emulated guest is no measurement")
            continue
        try:
            result = compare_runs(base, new, Settings(), across=tuple(Across))
        except UsageError as error:
            yield Pair(base=base, new=new, why=error.problem)
            continue
        if result.comparisons:
            yield Pair(base=base, new=new, result=result)
        else:
            yield Pair(base=base, new=new, why=result.why_nothing)
