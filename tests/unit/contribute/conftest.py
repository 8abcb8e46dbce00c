"""A small run in which everything agrees; test data, not measurements."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bench.histogram import Histogram
from bench.record import Callbacks, CpuUse, Ledger, RunHeader, Status, TrialRecord
from bench.spec import Cell
from bench.store import RunFolder

NAME = "annshost"
RUN_ID = f"20260102T030405Z-{NAME}-sample"
WINDOW_NS = 1_000_000_000
LATE_NS = (10_000, 12_000, 15_000, 90_000) * 50


@pytest.fixture
def folder(tmp_path: Path, header: RunHeader, make_cell: Callable[..., Cell]) -> Path:
    """Its folder."""
    facts = header.host | {"hostname": NAME, "machine_id_hash": "0123456789abcdef"}
    tools = header.tools | {"git_dirty": "no", "git_commit": "0" * 40}
    whole = replace(
        header,
        run_id=RUN_ID,
        host=facts,
        tools=tools,
        trials_planned=3,
        finished="2026-01-02T03:05:05Z",
        boot_id="11111111-2222-3333-4444-555555555555",
    )
    run = RunFolder.create(tmp_path, whole)
    for trial in range(3):
        run.append(_record(trial, make_cell()))
    return run.path


def _record(trial: int, cell: Cell) -> TrialRecord:
    fired = len(LATE_NS)
    return TrialRecord(
        trial=trial,
        block=0,
        status=Status.OK,
        cell=cell,
        started="2026-01-02T03:04:05Z",
        window_ns=WINDOW_NS,
        callbacks=Callbacks(
            fired=fired,
            offered_hz=float(fired),
            fired_hz=float(fired),
            served=1.0,
            by_cpu={"0": fired - 50, "1": 50},
        ),
        lateness=Histogram.of(np.array(LATE_NS)).summary(),
        ledger=Ledger(
            inited=100,
            init_failed={},
            insert_failed={},
            started=100,
            restarted=fired,
            start_failed={},
            fired=fired,
            cancelled=100,
            freed=0,
            pending=0,
            balanced=True,
        ),
        cpu_use=CpuUse(
            window_ns=WINDOW_NS,
            cpus=[0, 1],
            idle_ns=[900_000_000, 950_000_000],
            steal_ns=[0, 0],
            source="proc_stat",
            step_ns=10_000_000,
            exact=True,
        ),
    )
