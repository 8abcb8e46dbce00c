"""A fleet run that was measured, and whose report was not made, is only reported."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from bench.fleet.book import Step, step_of
from bench.fleet.read import read_file
from tests.playbooks.playing import REPOSITORY
from tests.playbooks.typed import typed

SHOW = str(REPOSITORY / "playbooks/report.yml")
HOSTS = "sut:\n  hosts:\n    sut1: {ansible_host: 192.0.2.1}\n"


def test_reporting_alone_finishes_it(tmp_path: Path) -> None:
    fleet = tmp_path / "results/20260101T000000Z-fleet-quick"
    shutil.copytree(REPOSITORY / "tests/data/aa/base", fleet / "sut1/20260101T000000Z-sut1-quick")
    record = {
        "format": 1,
        "fleet_id": fleet.name,
        "started": "2026-01-01T00:00:00Z",
        "measured": "2026-01-01T00:01:00Z",
        "finished": None,
        "sweep": "quick",
        "hosts": {"sut1": {}},
    }
    (fleet / "fleet.json").write_text(json.dumps(record))
    (tmp_path / "fleet.yml").write_text(HOSTS)
    where = f"report_results_path={fleet.parent}"
    outcome = typed("-i", "fleet.yml", SHOW, "-e", where, folder=tmp_path)
    assert outcome.returncode == 0, outcome.output
    assert step_of(read_file(fleet / "fleet.json")) is Step.FINISHED
