"""What a plan could find if its run were compared: by the noise of the newest run of the sweep."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bench.compare.answer import factor
from bench.compare.power import REFERENCE, detectable, spread_of
from bench.compare.verdict import Settings
from bench.errors import BenchError
from bench.spec import Sweep
from bench.store import RunFolder
from bench.sweep.plan import PlannedTrial

ELSEWHERE = "the idle reference machine, since no finished run of this sweep is here"


def power_line(sweep: Sweep, trials: Sequence[PlannedTrial], results: Path) -> str | None:
    """A sentence; None for a plan without a cell that is compared."""
    cells = {trial.cell for trial in trials if trial.cell.control is None}
    if not cells:
        return None
    spread, whose = noise_of(sweep, results)
    found = detectable(spread, sweep.repeat, sweep.repeat, len(cells), Settings())
    return (
        f"compared with another such run, {factor(found - 1)} in the primary metric of one cell is "
        f"found in four of five cases, by the noise of {whose}"
    )


def noise_of(sweep: Sweep, results: Path) -> tuple[float, str]:
    """How trials scatter, and whose they are."""
    for path in sorted(results.glob(f"*-{sweep.name}"), reverse=True):
        try:
            folder = RunFolder.open(path)
            records = folder.records()
        except BenchError:
            continue  # Whatever is there, it is no help.
        spread = spread_of(records)
        if folder.header.finished is not None and spread is not None:
            return spread, folder.header.run_id
    return REFERENCE, ELSEWHERE
