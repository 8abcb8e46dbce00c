"""Results of several runs: two series, a step in one, hostile names; test data only."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bench.record import RunHeader, TrialRecord
from bench.spec import Cell
from bench.store import RunFolder

HOST = {"hostname": "box", "cpu_model": "Test CPU", "cpus_online": "0-1", "kernel_release": "6.1"}
MakeRun = Callable[..., RunFolder]


@pytest.fixture
def results(tmp_path: Path) -> Path:
    folder = tmp_path / "results"
    folder.mkdir()
    return folder


@pytest.fixture
def make_run(
    results: Path,
    header: RunHeader,
    make_cell: Callable[..., Cell],
    make_record: Callable[..., TrialRecord],
) -> MakeRun:
    """Adds a run of eight trials of one cell; ``p50_ns`` decides its figures."""

    def make(day: int, *, p50_ns: int = 5_000, **changes: Any) -> RunFolder:
        started = f"2026-01-{day:02d}T03:04:05Z"
        fields = {"run_id": f"202601{day:02d}T030405Z-box-sample", "host": HOST, "started": started}
        run = RunFolder.create(results, replace(header, **(fields | changes)))
        for trial in range(1, 9):
            run.append(make_record(trial, cell=make_cell(), p50_ns=p50_ns + trial))
        return run.finish()

    return make


def answer(verdict: str, **more: str) -> dict[str, str]:
    return {"verdict": verdict, "answer": "-EPERM", "errno": "EPERM", "reason": "", **more}


@pytest.fixture
def several(results: Path, make_run: MakeRun) -> Path:
    """Three runs of one series, the last 50 % slower; one of another host; two limits files."""
    make_run(1)
    make_run(2)
    make_run(3, p50_ns=7_500)
    evil = {**HOST, "hostname": "<script>alert('x')</script>", "kernel_release": "6.12&<b>"}
    make_run(4, run_id="20260104T030405Z-evil-sample", host=evil)
    claim = {"id": "nmi.start", "claim": "no start in <NMI>", "source": "the article"}
    limits = {"format": 1, "kernel": "6.18.1", "rows": [{**claim, **answer("holds")}]}
    (results / "limits").mkdir()
    (results / "limits" / "here.json").write_text(json.dumps(limits))
    kernels = [
        {"name": "debian:6.12", "release": "6.12.0", "virtual": "kvm", "failure": None},
        {"name": "debian:4.19", "release": "", "virtual": None, "failure": {"problem": "no boot"}},
    ]
    other = {**claim, "id": "new.one", "claim": "another"}
    rows = [
        {**claim, "cells": [answer("does not hold here", reason="fixed <since>"), None]},
        {**other, "cells": [answer("cannot be tried here"), None]},
    ]
    (results / "kernel-matrix").mkdir()
    matrix = {"format": 1, "kernels": kernels, "rows": rows}
    (results / "kernel-matrix" / "matrix.json").write_text(json.dumps(matrix))
    return results
