"""Fleet runs on the site: none is left out, and every host's run has its page."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bench.errors import BenchError
from bench.publish.site import write_site
from bench.record import RunHeader, TrialRecord
from bench.store import RunFolder
from tests.unit.publish.test_publish_site import crawled, html_files

EVIL = "<script>alert('x')</script>"
RUN_ID = "20260101T000000Z-x-sample"


@pytest.fixture
def fleet(results: Path, header: RunHeader, make_record: Callable[..., TrialRecord]) -> Path:
    """Two hosts with a run and one without, which has a name that must stay one."""
    folder = results / "20260105T000000Z-fleet-sample"
    for name in ("lb 1", "lb2"):
        host = {"hostname": name, "kernel_release": "6.1"}
        own = replace(header, run_id=RUN_ID, host=host, trials_planned=1, finished="x")
        run = RunFolder.create(folder / name, own)
        run.append(make_record(1))
        run.save_samples(1, {})
    hosts = {name: {"variables": {}, "trouble": None} for name in ("lb 1", "lb2", "c")}
    hosts["c"]["trouble"] = f"it does not answer: {EVIL}"
    times = {"started": "2026-01-05T00:00:00Z", "finished": None}
    content = {"format": 1, "fleet_id": folder.name, "sweep": "sample", **times, "hosts": hosts}
    (folder / "fleet.json").write_text(json.dumps(content))
    return folder


def test_a_fleet_run_is_in_the_index_with_a_page_for_itself_and_each_host(
    fleet: Path, tmp_path: Path
) -> None:
    site = tmp_path / "site"
    made = write_site(fleet.parent, site)
    assert (made.runs, made.fleets) == (0, 1)
    assert html_files(site) <= crawled(site)
    for page in ("report.html", f"lb 1/{RUN_ID}/report.html", f"lb2/{RUN_ID}/report.html"):
        assert (site / "fleets" / fleet.name / page).is_file()
    index = (site / "index.html").read_text()
    assert "No run is published yet" not in index
    assert "3 hosts: 2 complete, 1 nothing" in index
    assert "2 of 2" in index


def test_whatever_a_trouble_holds_stays_text(fleet: Path, tmp_path: Path) -> None:
    write_site(fleet.parent, tmp_path / "site")
    page = tmp_path / "site" / "fleets" / fleet.name / "report.html"
    assert "&lt;script&gt;alert(" in page.read_text(encoding="utf-8")
    assert EVIL not in page.read_text(encoding="utf-8")


def test_a_broken_fleet_file_is_an_error_and_not_left_out(fleet: Path, tmp_path: Path) -> None:
    (fleet / "fleet.json").write_text("{")
    with pytest.raises(BenchError, match="is corrupted"):
        write_site(fleet.parent, tmp_path / "site")
