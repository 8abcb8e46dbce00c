"""Whether the blocks of a run differ, beyond what its trials differ anyway. Pure.

Judged is what decides a comparison: the primary metric of each cell. Rates hardly differ whatever
the host does. Each trial is seen relative to the median of its own cell, so that all cells of a
block speak together. A cell with a single trial says nothing, nor does one whose trials are all
equal.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from bench.analysis.estimate import by_cell
from bench.quantities.primary import PRIMARY_LATENESS, primary_of
from bench.quantities.quantity import Quantity
from bench.record import Status, TrialRecord
from bench.spec import Cell
from bench.stats.bootstrap import by_block
from bench.stats.drift import blocks_drift

ALPHA = 0.05
"""Chance of finding drift in a run without any."""


@dataclass(frozen=True, slots=True)
class Drift:
    """One quantity over the blocks of a run.

    Attributes:
        p: Chance of blocks as different as these if only trials differed.
        low: Block with the lowest median of its trials relative to their cells, and that
            median; ``high`` likewise.
    """

    quantity: Quantity
    p: float
    low: tuple[int, float]
    high: tuple[int, float]

    @property
    def found(self) -> bool:
        """Whether the blocks differ."""
        return self.p <= ALPHA


@dataclass(frozen=True, slots=True)
class _Relative:
    cell: Cell
    block: int
    value: float


def drifts(records: Iterable[TrialRecord]) -> tuple[Drift, ...]:
    """What can be judged: it takes two blocks with ok trials of a cell."""
    cells = by_cell(record for record in records if record.status is Status.OK).values()
    trials = [trial for group in cells for trial in _relative(primary_of(group), group)]
    found = _drift(trials)
    return (found,) if found else ()


def _drift(trials: Sequence[_Relative]) -> Drift | None:
    values, blocks = [trial.value for trial in trials], [trial.block for trial in trials]
    p = blocks_drift(values, blocks, strata=[trial.cell for trial in trials])
    if p is None:
        return None
    figures = sorted(zip(by_block(values, blocks), dict.fromkeys(blocks), strict=True))
    (lowest, first), (highest, last) = figures[0], figures[-1]
    return Drift(PRIMARY_LATENESS, p, (first, lowest), (last, highest))


def _relative(quantity: Quantity | None, records: Sequence[TrialRecord]) -> list[_Relative]:
    if quantity is None:
        return []
    known = [(r, value) for r in records if (value := quantity.value(r)) is not None]
    middle = median(value for _, value in known) if known else 0
    if not middle or len({value for _, value in known}) < 2:
        return []
    return [_Relative(record.cell, record.block, value / middle) for record, value in known]


def drift_text(found: Sequence[Drift]) -> str:
    """What a reader must know, in one line."""
    if not found:
        return "not judged: it takes two blocks with ok trials of the same cells"
    calm = [drift for drift in found if not drift.found]
    parts = [_difference(drift) for drift in found if drift.found]
    parts += [f"none was found in {' and '.join(map(_named, calm))}"] if calm else []
    text = "; ".join(parts)
    return text if len(calm) == len(found) else f"{text}. {_WHAT_HOLDS_IT}"


_WHAT_HOLDS_IT = (
    "Figures of single cells contain this drift; differences to controls do not, because they "
    "are taken within blocks"
)


def _difference(drift: Drift) -> str:
    (first, low), (last, high) = drift.low, drift.high
    return (
        f"blocks differ in {_named(drift)}: the median trial of a cell was {_away(low)} in block "
        f"{first} and {_away(high)} in block {last}"
    )


def _named(drift: Drift) -> str:
    p = "p < 0.001" if drift.p < 0.001 else f"p = {drift.p:.2g}"
    return f"{drift.quantity.title} ({p})"


def _away(factor: float) -> str:
    side = "above" if factor > 1 else "below"
    return f"{abs(100 * (factor - 1)):.2g} % {side} the run's"
