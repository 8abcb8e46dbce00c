"""A fleet run that was measured, and whose report was not made, is only reported."""

from __future__ import annotations

from pathlib import Path

from bench.fleet.book import Step, step_of
from bench.fleet.read import read_file
from tests.playbooks.made_runs import fleet_run
from tests.playbooks.playing import REPOSITORY, Outcome
from tests.playbooks.typed import typed

SHOW = str(REPOSITORY / "playbooks/report.yml")


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
