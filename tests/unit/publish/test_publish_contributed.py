"""Runs of other machines: on a page of their own, as ratios, and only if they are honest."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from bench.cli.main import cli
from bench.errors import BenchError
from bench.publish.contributed import classes
from bench.publish.site import write_site
from bench.store.packed import unpack
from tests.fuzz.kinds import RUN_ID, contributed
from tests.unit.publish.test_publish_site import crawled

RESULTS = Path(__file__).parents[3] / "results"


@pytest.fixture
def run(several: Path) -> Path:
    """A contributed run beside others; its controls are in its records."""
    folder = several / "contributed" / RUN_ID
    folder.mkdir(parents=True)
    header, _, trials = max(contributed(), key=len).partition(b"\n")
    (folder / "run.json").write_bytes(header)
    (folder / "trials.jsonl").write_bytes(trials)
    return folder


def test_it_has_a_page_and_its_report_and_is_in_no_other_table(run: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    made = write_site(run.parents[1], site)
    assert (made.runs, made.contributed) == (4, 1)
    assert {"contributed/index.html", f"runs/{RUN_ID}/report.html"} <= crawled(site)
    shown = (site / "contributed/index.html").read_text()
    assert "cell over control" in shown or "no control" in shown
    for name in ("index.html", "compare/index.html", "trends/index.html"):
        assert RUN_ID not in (site / name).read_text()


def test_one_that_lies_is_not_published(run: Path, tmp_path: Path) -> None:
    path = run / "trials.jsonl"
    first, *rest = path.read_text().splitlines()
    record = json.loads(first)
    record["reasons"] = ["<img src=x>"]
    path.write_text("\n".join([json.dumps(record), *rest]) + "\n")
    with pytest.raises(BenchError, match=r"trials.jsonl, line 1.*HTML") as error:
        write_site(run.parents[1], tmp_path / "site")
    assert "bench check" in error.value.remedy
    assert not (tmp_path / "site").exists()


def test_without_contributions_the_page_says_so(several: Path, tmp_path: Path) -> None:
    write_site(several, tmp_path / "site")
    assert "No run was contributed yet" in (tmp_path / "site/contributed/index.html").read_text()
    assert not classes([])


def test_an_honest_run_of_another_kernel_goes_through_to_the_site(
    several: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the commands that docs/contributing-results.md says."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (gate, *_) = sorted(RESULTS.glob("*-vm-gate"))
    run = shutil.copytree(gate, tmp_path / gate.name.replace("-vm-", "-annshost-"))
    unpack(run / "trials.jsonl")
    header = json.loads((run / "run.json").read_text()) | {"run_id": run.name}
    header["host"] |= {"hostname": "annshost", "kernel_release": "7.9.1", "cpu_model": "Z80"}
    (run / "run.json").write_text(json.dumps(header))
    target = several / "contributed"
    words = ["check", str(run), "--output", str(target), "--yes"]
    done = CliRunner().invoke(cli, words, standalone_mode=False)
    assert done.return_value == 0, done.output
    (written,) = target.iterdir()
    site = tmp_path / "site"
    assert write_site(several, site).contributed == 1
    page = (site / "contributed/index.html").read_text()
    assert "Z80" in page and "annshost" not in page and written.name in page
    assert "7.9.1" in (site / f"runs/{written.name}/report.html").read_text()
