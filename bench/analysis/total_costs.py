"""Total costs of a run's cells, with parts that sum. Pure.

Each figure is a median over pairs of trials; the rest shown is what the medians leave of the
total, because medians of parts do not sum by themselves.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bench.analysis.estimate import Estimate, by_cell, estimate
from bench.quantities.quantity import Quantity
from bench.quantities.total_cost import LESS_STEAL, PARTS, TOTAL_COST, TOTAL_CPU
from bench.record import TotalCost, TrialRecord
from bench.spec import Cell

ENOUGH_PAIRS = 10
"""Pairs that a figure needs: idle time counts in steps, and the host's own work varies."""


@dataclass(frozen=True, slots=True)
class CellCost:
    """What the timers of a cell cost.

    Attributes:
        pairs: Pairs of trials with figures, of ``of`` that were measured.
        refused: The most frequent reason why a pair has none; None if each has.
        total: Per callback; ``less_steal`` the same without what steal differs by.
        share: Of the time of one CPU.
        parts: A figure for each of :data:`PARTS`, None where it was not measured; the last is
            the rest.
    """

    cell: Cell
    pairs: int
    of: int
    refused: str | None
    total: Estimate | None
    less_steal: Estimate | None
    share: Estimate | None
    parts: tuple[float | None, ...]

    @property
    def few(self) -> bool:
        """Whether there are fewer pairs than a figure needs."""
        return self.pairs < ENOUGH_PAIRS


def total_costs(records: Iterable[TrialRecord]) -> tuple[CellCost, ...]:
    """The cells of which at least one pair was measured, in order of first appearance."""
    found = []
    for cell, trials in by_cell(records).items():
        totals = [r.cost.total for r in trials if r.cost and r.cost.total]
        if totals:
            found.append(_of_cell(cell, trials, totals))
    return tuple(found)


def refusal(records: Iterable[TrialRecord]) -> str | None:
    """The most frequent reason why a trial has no total cost; None if none was refused."""
    totals = (record.cost.total for record in records if record.cost)
    reasons = Counter(total.refused for total in totals if total and total.refused)
    return reasons.most_common(1)[0][0] if reasons else None


def _of_cell(cell: Cell, trials: Sequence[TrialRecord], totals: Sequence[TotalCost]) -> CellCost:
    total = estimate(trials, TOTAL_COST.value)
    return CellCost(
        cell=cell,
        pairs=sum(each.share is not None for each in totals),
        of=len(totals),
        refused=refusal(trials),
        total=total,
        less_steal=estimate(trials, LESS_STEAL.value),
        share=estimate(trials, TOTAL_CPU.value),
        parts=_parts(trials, total),
    )


def _parts(trials: Sequence[TrialRecord], total: Estimate | None) -> tuple[float | None, ...]:
    *measured, _rest = PARTS
    known = [_median(trials, part) for part in measured]
    rest = total.median - sum(part or 0.0 for part in known) if total else None
    return (*known, rest)


def _median(trials: Sequence[TrialRecord], part: Quantity) -> float | None:
    found = estimate(trials, part.value)
    return found.median if found else None
