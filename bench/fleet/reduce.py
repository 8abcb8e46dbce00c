"""Records of a host to the figures of its cells. Pure.

The same rule as in a run's own report: the median over ``ok`` trials; where a cell has none, over
its ``invalid`` trials, flagged.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from statistics import median
from typing import Any

from bench.fleet.model import CellFigures, HostRun
from bench.record import RunHeader, Status, TrialRecord
from bench.report.columns import COLUMNS
from bench.report.provenance import facts
from bench.spec import Cell


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
        facts=dict(facts(header.host)),
        run_id=header.run_id,
        counts=Counter(record.status for record in records),
        planned=header.trials_planned,
        finished=header.finished is not None,
        trouble=trouble,
        load_hosts=tuple(sorted({load.host for load in loads if load.host})),
        cells=cells_of(records),
    )


def cells_of(records: Iterable[TrialRecord]) -> dict[Cell, CellFigures]:
    """Figures by cell, in order of first appearance; a control tells of its own host only."""
    by_cell: dict[Cell, list[TrialRecord]] = {}
    for record in records:
        if record.cell.control is not None:
            continue
        by_cell.setdefault(record.cell, []).append(record)
    return {cell: _figures(group) for cell, group in by_cell.items()}


def _figures(records: Sequence[TrialRecord]) -> CellFigures:
    ok = [record for record in records if record.status is Status.OK]
    invalid = [record for record in records if record.status is Status.INVALID]
    shown = ok or invalid
    return CellFigures(
        ok=len(ok),
        trials=len(records),
        flagged=bool(invalid) and not ok,
        values=tuple(_median(column.value(record) for record in shown) for column in COLUMNS),
    )


def _median(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return median(known) if known else None
