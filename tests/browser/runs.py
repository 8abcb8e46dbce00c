"""Runs to make pages from: a published one, and a large one made of its records."""

from __future__ import annotations

import shutil
from dataclasses import replace
from itertools import product
from pathlib import Path

from bench.record import TrialRecord
from bench.store import RunFolder
from bench.store.run_format import dump_record

REPOSITORY = Path(__file__).resolve().parent.parent.parent
REAL_RUN = REPOSITORY / "results" / "20261122T191745Z-vm-quick"

SIZES = tuple(100 * 2**n for n in range(10))
TIMEOUTS_NS = tuple(10**6 * 2**n for n in range(10))
LOADS_HZ = (0, 1_000, 2_000, 3_000, 4_000, 5_000, 6_000, 7_000, 8_000, 9_000)
BLOCKS = (1, 2, 3)


def write_large_run(results: Path) -> Path:
    """A run of 1,000 cells and 3,000 trials: real records, with other cells than their own."""
    real = RunFolder.open(REAL_RUN)
    originals = [record for record in real.records() if record.cell.program == "resident"]
    planned = len(BLOCKS) * len(SIZES) * len(TIMEOUTS_NS) * len(LOADS_HZ)
    run = RunFolder.create(results, replace(real.header, trials_planned=planned))
    lines = []
    grid = product(BLOCKS, LOADS_HZ, SIZES, TIMEOUTS_NS)
    for trial, (block, load_hz, size, timeout_ns) in enumerate(grid, 1):
        original = originals[trial % len(originals)]
        cell = replace(originals[0].cell, map_size=size, timeout_ns=timeout_ns, load_hz=load_hz)
        lines.append(dump_record(_moved(original, trial=trial, block=block, cell=cell)))
        series = real.path / "samples" / f"{original.trial:05d}.npz"
        shutil.copy(series, run.path / "samples" / f"{trial:05d}.npz")
    (run.path / "trials.jsonl").write_bytes(b"".join(lines))
    return run.path


def _moved(record: TrialRecord, **changes: object) -> TrialRecord:
    return replace(record, **changes)  # type: ignore[arg-type]
