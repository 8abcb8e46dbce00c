"""Runs on disk with every kind of trial; test data with round figures, not measurements."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bench.histogram import Histogram
from bench.record import RunHeader, TrialRecord
from bench.store import RunFolder
from bench.store.run import Run, read_runs

WriteRun = Callable[..., Path]


@pytest.fixture
def write_run(tmp_path: Path, header: RunHeader) -> WriteRun:
    """Write records as a run, optionally of another host, and give its folder."""

    def write(records: Sequence[TrialRecord], *, host: str = "vm", series: bool = False) -> Path:
        facts = header.host | {"hostname": host}
        run = RunFolder.create(tmp_path, replace(header, run_id=f"run-{host}", host=facts))
        for record in records:
            run.append(record)
            if series:
                run.save_samples(record.trial, samples())
        return run.path

    return write


@pytest.fixture
def read_run(write_run: WriteRun) -> Callable[..., tuple[Run, ...]]:
    """The same, read back."""
    return lambda records, **more: read_runs([write_run(records, **more)])


def samples(points: int = 30) -> dict[str, np.ndarray]:
    t = np.arange(1, points + 1) * 1e8
    return {
        "t_ns": t,
        "callbacks_hz": np.full(points, 1e5),
        "p99_ns": np.full(points, 5e4),
        "ksoftirqd_share": np.linspace(0, 0.3, points),
        "steal": np.zeros(points),
        "connections_hz": np.full(points, np.nan),
    }


def with_histogram(record: TrialRecord, ns: Sequence[int]) -> TrialRecord:
    """The record with the histogram of these latenesses."""
    return replace(record, lateness=Histogram.of(np.array(ns)).summary())
