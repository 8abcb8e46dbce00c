"""Trials of a run, each with what its timers cost. Pure.

A trial of a plain cell is paired, within its block, with the trial of the same cell without an
observer and with that of the reference; so each block gives one figure for each cell.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from bench.control import baseline_of, reference_of, unobserved_of
from bench.cost.parts import Pair, total_cost
from bench.cost.rules import refusal
from bench.record import Cost, TotalCost, TrialRecord
from bench.spec import Cell, ObserverName

Key = tuple[int, Cell]


def with_costs(records: Sequence[TrialRecord]) -> list[TrialRecord]:
    """The same trials; those whose block tells what their timers cost say so."""
    measured = {(r.block, r.cell): r for r in records if r.cpu_use is not None}
    if not any(cell.observer is ObserverName.NONE for _, cell in measured):
        return list(records)
    return [_with_cost(record, measured) for record in records]


def _with_cost(record: TrialRecord, measured: Mapping[Key, TrialRecord]) -> TrialRecord:
    if record.cell.control is not None or record.cpu_use is None:
        return record
    total = _total(record, measured)
    return (
        record
        if total is None
        else replace(record, cost=replace(record.cost or Cost(), total=total))
    )


def _total(record: TrialRecord, measured: Mapping[Key, TrialRecord]) -> TotalCost | None:
    block, cell = record.block, record.cell
    ours = measured.get((block, unobserved_of(cell)))
    reference = measured.get((block, baseline_of(cell)))
    if ours is None or reference is None:
        return None
    refused = refusal(ours, reference)
    if refused is not None:
        return TotalCost(refused=refused, trial=ours.trial, reference=reference.trial)
    observed = measured.get((block, reference_of(cell)))
    return total_cost(Pair(ours, reference), Pair(record, observed) if observed else None)
