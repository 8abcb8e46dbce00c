"""The sweep that a fleet is asked for: read and judged on the controller, before any host is."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from bench.sweep.checks import check_cells, normalised
from bench.sweep.plan import plan
from bench.sweep.sweep_file import packaged_sweeps, read_sweep

ANY_CPUS = 1 << 16
"""How many CPUs a host has is judged there."""


@dataclass(frozen=True, slots=True)
class AskedSweep:
    """A sweep that parses, and whose cells some host can measure.

    Attributes:
        sweep: Name of a packaged sweep, or the absolute path of a file.
        name: What its runs are called after.
        sha256: Of the file; None for a packaged sweep, which is a part of the tool.
    """

    sweep: str
    name: str
    sha256: str | None


def asked_sweep(source: str, folder: Path) -> AskedSweep:
    """The sweep of that name or path.

    Args:
        source: As the user typed it.
        folder: Where the user typed it; a relative path begins there.

    Raises:
        UsageError: There is no such sweep, or it is wrong.
    """
    packaged = source in packaged_sweeps()
    path = folder / source
    sweep = read_sweep(source if packaged else path)
    cells = [trial.cell for trial in plan(sweep, seed=0, normalise=normalised)]
    check_cells(cells, cpus=ANY_CPUS, allow_overload=sweep.allow_overload)
    if packaged:
        return AskedSweep(source, source, None)
    return AskedSweep(str(path), path.stem, hashlib.sha256(path.read_bytes()).hexdigest())
