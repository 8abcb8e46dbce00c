"""The run whose warm-up a new one takes over: of BASE, so that the two can be compared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from bench.errors import BenchError, UsageError
from bench.facts import CPU, MACHINE
from bench.host.fingerprint import fingerprint
from bench.record import RunHeader
from bench.spec import Sweep
from bench.store import RunFolder

DEPTHS = ("*/run.json", "*/*/run.json")
"""Of runs below a folder of results: runs, and those of fleet runs."""


def base_of(sweep: Sweep, path: Path | None, results: Path) -> RunHeader | None:
    """The run, or the newest finished one below a folder that asked for the same; None without.

    Args:
        sweep: What is to be measured.
        path: Run or folder that was asked for; None = ``results``.
        results: Where runs are.

    Raises:
        UsageError: Nothing is where it was asked for.
    """
    if path is not None and not path.is_dir():
        remedy = "Give a run's folder, or a folder with runs"
        raise UsageError(f"--warmup-of: {path} is no folder", remedy=remedy)
    if path is not None and (path / "run.json").exists():
        return _calibrated(RunFolder.open(path).header)
    return _newest(sweep, path or results) if sweep.pilot else None


def _calibrated(header: RunHeader) -> RunHeader:
    if header.sweep.pilot:
        remedy = "Give another run, or finish it with bench run --resume"
        raise UsageError(f"the pilot of run {header.run_id} did not finish", remedy=remedy)
    return header


def _newest(sweep: Sweep, folder: Path) -> RunHeader | None:
    host = fingerprint()
    known = [header for header in _headers(folder) if _asked_alike(header, sweep, host)]
    return max(known, key=lambda header: header.started, default=None)


def _headers(folder: Path) -> Iterator[RunHeader]:
    for depth in DEPTHS:
        for path in folder.glob(depth):
            try:
                yield RunFolder.open(path.parent).header
            except BenchError:
                continue  # Whatever is there, it is no help.


def _asked_alike(header: RunHeader, sweep: Sweep, host: Mapping[str, Any]) -> bool:
    if header.finished is None or header.calibration is None:
        return False
    alike = ("name", "duration", "warmup", "pilot", "cells")
    here = (fact.name for fact in (*CPU, *MACHINE))
    return all(getattr(header.asked, key) == getattr(sweep, key) for key in alike) and all(
        header.host.get(name) == host.get(name) for name in here
    )
