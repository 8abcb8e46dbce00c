"""By how much runs of the same thing differ: ``python -m tests.perf.aa_margins``.

For each metric that is compared, the standard deviation of a run's median of a cell, over all cells
of the recorded pairs on an otherwise idle host. It prints what ``bench/compare/margins.py`` has,
and asserts nothing; ``tests/unit/compare/test_margins.py`` asserts that it has it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from bench.compare.cells import by_cell
from bench.quantities.catalogue import COMPARED
from bench.quantities.quantity import Quantity
from bench.record import Status, TrialRecord
from bench.spec import Cell
from bench.store import RunFolder
from bench.store.run import Run, read_run

DATA = Path(__file__).resolve().parents[1] / "data"
QUIET: tuple[str, ...] = ("aa-gate-1", "aa-gate-2")
"""Pairs of interleaved runs of ``gate``, whose trials are those that comparisons are made of."""
FEWEST = 5
"""Cells of all pairs, below which a metric has no standard deviation."""


def pairs(names: tuple[str, ...] = QUIET) -> list[tuple[Run, Run]]:
    """The recorded pairs."""
    return [
        (
            read_run(RunFolder.open(DATA / name / "base")),
            read_run(RunFolder.open(DATA / name / "new")),
        )
        for name in names
    ]


def between_runs(metric: Quantity, recorded: list[tuple[Run, Run]]) -> float | None:
    """Standard deviation of a run's median; None where too few cells have the metric."""
    apart = [d for base, new in recorded for d in _differences(metric, base, new)]
    return float(np.sqrt(np.mean(np.square(apart)) / 2)) if len(apart) >= FEWEST else None


def spreads(recorded: list[tuple[Run, Run]]) -> dict[str, float]:
    """Of every metric that is compared, to two digits."""
    found = {metric.key: between_runs(metric, recorded) for metric in COMPARED}
    return {key: float(f"{value:.2g}") for key, value in found.items() if value is not None}


def _differences(metric: Quantity, base: Run, new: Run) -> Iterator[float]:
    ours, theirs = by_cell(base.records), by_cell(new.records)
    for cell in ours:
        sides = (_middle(metric, cell, ours), _middle(metric, cell, theirs))
        if sides[0] is not None and sides[1] is not None:
            yield sides[1] - sides[0]


def _middle(metric: Quantity, cell: Cell, of: dict[Cell, list[TrialRecord]]) -> float | None:
    ok = [record for record in of.get(cell, []) if record.status is Status.OK]
    values = [value for record in ok if (value := metric.value(record)) is not None]
    places = [place for value in values if (place := metric.place(value)) is not None]
    return float(np.median(places)) if places and len(places) == len(values) else None


def main() -> None:
    """Print them."""
    for key, value in spreads(pairs()).items():
        print(f'    "{key}": {value:g},')


if __name__ == "__main__":
    main()
