"""Which run a new one takes its warm-up from."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bench.campaign.pilot import as_in
from bench.cli import warmup_of
from bench.cli.warmup_of import base_of
from bench.errors import UsageError
from bench.record import Calibration, RunHeader
from bench.spec import Sweep
from bench.store import RunFolder
from bench.units import NS_PER_S

HOST = {"cpu_model": "Test CPU", "memory_mib": 1_000}


@pytest.fixture
def asked(sweep: Sweep, monkeypatch: pytest.MonkeyPatch) -> Sweep:
    monkeypatch.setattr(warmup_of, "fingerprint", lambda: HOST)
    return replace(sweep, seed=None, pilot=3_500_000_000)


def kept(results: Path, header: RunHeader, asked: Sweep, name: str, **changes: Any) -> Path:
    """A finished run with a pilot below some results."""
    found = Calibration(least_ns=asked.warmup, pilot_ns=asked.pilot)
    made = replace(
        header,
        run_id=f"{name}-sample",
        started=f"2026-01-02T03:04:{len(list(results.glob('*'))):02}Z",
        host=HOST,
        sweep=replace(asked, seed=7, warmup=2 * NS_PER_S, pilot=0),
        calibration=found,
    )
    folder = RunFolder.create(results, replace(made, **changes))
    return folder.finish().path


def test_the_newest_run_that_asked_for_the_same_is_taken(
    tmp_path: Path, header: RunHeader, asked: Sweep
) -> None:
    kept(tmp_path, header, asked, "old")
    kept(tmp_path, header, asked, "new")
    found = base_of(asked, None, tmp_path)
    assert found is not None and found.run_id == "new-sample"
    assert as_in(replace(header, sweep=asked), found).sweep.warmup == 2 * NS_PER_S


@pytest.mark.parametrize(
    "other",
    [
        {"host": HOST | {"cpu_model": "other"}},
        {"calibration": None},
        {"calibration": Calibration(least_ns=1, pilot_ns=3_500_000_000)},
    ],
)
def test_other_runs_are_not(
    tmp_path: Path, header: RunHeader, asked: Sweep, other: dict[str, Any]
) -> None:
    kept(tmp_path, header, asked, "other", **other)
    assert base_of(asked, None, tmp_path) is None
    assert base_of(asked, tmp_path, tmp_path / "none") is None


def test_a_run_that_is_named_is_taken_whatever_it_is(
    tmp_path: Path, header: RunHeader, asked: Sweep
) -> None:
    path = kept(tmp_path, header, asked, "named", calibration=None)
    found = base_of(replace(asked, pilot=0), path, tmp_path / "none")
    assert found is not None and found.run_id == "named-sample"


def test_runs_of_fleets_are_found(tmp_path: Path, header: RunHeader, asked: Sweep) -> None:
    kept(tmp_path / "fleet-1", header, asked, "host")
    found = base_of(asked, tmp_path, tmp_path)
    assert found is not None and found.run_id == "host-sample"


def test_a_folder_that_is_not_there_is_a_mistake(asked: Sweep, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="none is no folder"):
        base_of(asked, tmp_path / "none", tmp_path)


def test_without_a_pilot_nothing_is_looked_for(
    tmp_path: Path, header: RunHeader, asked: Sweep
) -> None:
    kept(tmp_path, header, asked, "there")
    assert base_of(replace(asked, pilot=0), None, tmp_path) is None
