"""Records of a host to the figures of its cells, those of the run's own report. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bench.analysis.estimate import by_cell, shown
from bench.analysis.provenance import Trouble, facts, troubles
from bench.fleet.model import CellFigures, HostRun
from bench.quantities.catalogue import TABLE
from bench.record import RunHeader, Status, TrialRecord
from bench.spec import Cell
from bench.sweep.again import wanting

MOST_SPOILT = 20
"""Trials of a host that are listed one by one."""


def host_run(
    name: str,
    header: RunHeader,
    records: Sequence[TrialRecord],
    *,
    variables: Mapping[str, Any] | None = None,
    trouble: str = "",
) -> HostRun:
    """What a host contributed, from the latest record of each of its trials."""
    loads = (record.load for record in records if record.load)
    return HostRun(
        name=name,
        variables={key: str(value) for key, value in (variables or {}).items()},
        facts=_facts(header, records),
        run_id=header.run_id,
        counts=Counter(record.status for record in records),
        disturbed=sum(record.status is Status.INVALID for record in wanting(records)),
        planned=header.trials_planned,
        finished=header.finished is not None,
        trouble=trouble,
        spoilt=_spoilt(records),
        load_hosts=tuple(sorted({load.host for load in loads if load.host})),
        cells=cells_of(records),
    )


def _facts(header: RunHeader, records: Sequence[TrialRecord]) -> dict[str, str]:
    """All that could explain a figure: host, tools, and what observed it."""
    found = {**header.host, "tools": header.tools}
    observer = next((record.observer for record in records if record.observer), None)
    if observer:
        found["observer"] = {"name": observer.name, **observer.detail}
    return dict(facts(found))


def _spoilt(records: Sequence[TrialRecord]) -> tuple[Trouble, ...]:
    found = sorted(troubles(records), key=lambda each: each.status is not Status.FAILED)
    return tuple(found[:MOST_SPOILT])


def cells_of(records: Iterable[TrialRecord]) -> dict[Cell, CellFigures]:
    """Figures by cell, in order of first appearance; a control is about its own host only."""
    plain = by_cell(record for record in records if record.cell.control is None)
    return {cell: _figures(group) for cell, group in plain.items()}


def _figures(records: Sequence[TrialRecord]) -> CellFigures:
    found = shown(records)
    return CellFigures(
        ok=found.ok,
        trials=found.trials,
        flagged=found.flagged,
        estimates=tuple(found.estimate(column) for column in TABLE),
    )
