"""A fleet run that was measured, and whose report was not made, is only reported."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from bench.fleet.book import Step, step_of
from bench.fleet.read import read_file
from tests.playbooks.playing import REPOSITORY, Outcome
from tests.playbooks.typed import typed

SHOW = str(REPOSITORY / "playbooks/report.yml")
HOSTS = "sut:\n  hosts:\n    sut1: {ansible_host: 192.0.2.1}\n"


def fleet_run(tmp_path: Path, measured: str | None, *lacking: str) -> Path:
    """A fleet run of sut1, which has a run, and of hosts that lack one."""
    fleet = tmp_path / "results/20260101T000000Z-fleet-quick"
    shutil.copytree(REPOSITORY / "tests/data/aa/base", fleet / "sut1/20260101T000000Z-sut1-quick")
    record = {
        "format": 1,
        "fleet_id": fleet.name,
        "started": "2026-01-01T00:00:00Z",
        "measured": measured,
        "finished": None,
        "sweep": "quick",
        "hosts": {"sut1": {}} | {host: {} for host in lacking},
    }
    (fleet / "fleet.json").write_text(json.dumps(record))
    (tmp_path / "fleet.yml").write_text(HOSTS)
    return fleet


def reported(tmp_path: Path, fleet: Path) -> Outcome:
    where = f"report_results_path={fleet.parent}"
    return typed("-i", "fleet.yml", SHOW, "-e", where, folder=tmp_path)


def test_reporting_alone_finishes_it(tmp_path: Path) -> None:
    fleet = fleet_run(tmp_path, "2026-01-01T00:01:00Z")
    outcome = reported(tmp_path, fleet)
    assert outcome.returncode == 0, outcome.output
    assert step_of(read_file(fleet / "fleet.json")) is Step.FINISHED


def test_a_host_that_lacks_records_is_shown_and_keeps_it_unfinished(tmp_path: Path) -> None:
    """``bench report`` ends with 4 then, and has written the report."""
    fleet = fleet_run(tmp_path, None, "sut2")
    outcome = reported(tmp_path, fleet)
    assert outcome.returncode == 0, outcome.output
    assert "sut2 (not measured)" in outcome.words
    assert step_of(read_file(fleet / "fleet.json")) is Step.MEASURING
