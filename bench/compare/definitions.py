"""Quantities and axes that have another meaning in one run than in the other. Pure.

Figures of two definitions are never paired, whatever is forced: their difference would be that of
the definitions.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from bench.quantities.catalogue import COMPARED
from bench.quantities.own import declared
from bench.record import RunHeader, TrialRecord
from bench.spec import Cell
from bench.words.axes import AXES

FIRST = 1
"""The definition of what a run holds no number of."""
_QUANTITIES = {q.key: q for q in (*COMPARED, *declared())}
_AXES = {axis.field: axis for axis in AXES}


@dataclass(frozen=True, slots=True)
class Redefined:
    """A quantity, or an axis, of two definitions.

    Attributes:
        key: Of the quantity, or the axis's field or name.
        base: Number of its definition there; ``new`` likewise.
    """

    key: str
    base: int
    new: int
    is_axis: bool = False

    def __str__(self) -> str:
        """``p99 lateness: definition 1 in BASE, 2 in NEW``."""
        if self.is_axis:
            title = f"axis {_AXES[self.key].title if self.key in _AXES else self.key}"
        else:
            title = _QUANTITIES[self.key].title if self.key in _QUANTITIES else self.key
        return f"{title}: definition {self.base} in BASE, {self.new} in NEW"

    def decides(self, cell: Cell) -> bool:
        """Whether it is an axis that says something of the cell."""
        if self.key in _AXES:
            return self.is_axis and _AXES[self.key].of(cell) != "-"
        return self.is_axis and self.key in dict(cell.options)

    def matters(self, records: Iterable[TrialRecord]) -> bool:
        """Whether some records could be compared, if it were not for this."""
        if self.is_axis:
            return any(self.decides(record.cell) for record in records)
        known = _QUANTITIES.get(self.key)
        return any(known.value(record) is not None for record in records) if known else False


def redefined(base: RunHeader, new: RunHeader) -> list[Redefined]:
    """Everything that has another definition in ``new`` than in ``base``."""
    ours, theirs = base.definitions, new.definitions
    return [
        Redefined(key, a.get(key, FIRST), b.get(key, FIRST), is_axis)
        for a, b, is_axis in (
            (ours.axes, theirs.axes, True),
            (ours.quantities, theirs.quantities, False),
        )
        for key in dict.fromkeys((*a, *b))
        if a.get(key, FIRST) != b.get(key, FIRST)
    ]


def quantities_of(found: Iterable[Redefined]) -> frozenset[str]:
    """Keys of the quantities among them."""
    return frozenset(each.key for each in found if not each.is_axis)


def of_one_meaning(
    records: Sequence[TrialRecord], found: Collection[Redefined]
) -> Sequence[TrialRecord]:
    """Records of cells that no axis among these says anything of."""
    return [r for r in records if not any(each.decides(r.cell) for each in found)]
