from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bench.cli.noise_here import noise_of, power_line
from bench.compare.power import REFERENCE
from bench.record import RunHeader, TrialRecord
from bench.store import RunFolder


def test_the_newest_finished_run_of_the_sweep_tells_how_trials_scatter(
    tmp_path: Path, header: RunHeader, make_record: Callable[..., TrialRecord]
) -> None:
    sweep = header.sweep
    assert noise_of(sweep, tmp_path)[0] == REFERENCE
    for day, finished in (("01", "x"), ("02", "x"), ("03", None)):
        run_id = f"202601{day}T000000Z-host-{sweep.name}"
        folder = RunFolder.create(tmp_path, replace(header, run_id=run_id, finished=finished))
        for trial in range(1, 9):
            folder.append(make_record(trial, p50_ns=5_000 + trial * 100 * int(day)))
    (tmp_path / f"broken-{sweep.name}").mkdir()
    spread, whose = noise_of(sweep, tmp_path)
    assert whose.startswith("20260102") and spread == pytest.approx(0.083, abs=0.005)


def test_a_plan_without_cells_finds_nothing(header: RunHeader, tmp_path: Path) -> None:
    assert power_line(header.sweep, [], tmp_path) is None
