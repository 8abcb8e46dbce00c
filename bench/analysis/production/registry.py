"""All that would bite, of all runs of a page. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from bench.analysis.cell_rows import CellRow
from bench.analysis.production.hazard import Hazard
from bench.analysis.production.of_kernel import hooks, restrictions
from bench.analysis.production.of_records import (
    UNKNOWN,
    eviction,
    full,
    in_step,
    memory,
    records_of,
)
from bench.spec import Engine
from bench.store.limits_files import Limits
from bench.store.run import Run

SECTION = "production"
"""Key of the section that has them all."""


def hazards(runs: Sequence[Run], rows: Sequence[CellRow], limits: Limits) -> tuple[Hazard, ...]:
    """Those of runs that measured; none without a cell of a timer.

    Args:
        runs: The runs.
        rows: Their cells, no controls.
        limits: Answers of kernels, published beside the runs.
    """
    if not any(row.cell.engine is Engine.BPF_TIMER for row in rows):
        return ()
    releases = [str(run.header.host.get("kernel_release", UNKNOWN)) for run in runs]
    records = [record for run in runs for record in run.records]
    refused = memory(records, releases)
    good = [row for row in rows if row.ok]
    return (
        *((refused,) if refused else ()),
        *full(records),
        *eviction(rows),
        *in_step(good),
        *hooks(records_of(rows)),
        *restrictions(releases, limits),
    )
