from __future__ import annotations

import json
from dataclasses import asdict
from importlib import import_module
from pathlib import Path

import pytest

from bench.cli.main import main
from bench.publish.site import Site
from bench.store.limits_files import Limits

module = import_module("bench.cli.publish")
PUBLISHED = Path(__file__).parents[3] / "results/20261125T204523Z-vm-quick"


@pytest.fixture(autouse=True)
def plain_reports(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command's own words do not depend on the pages: test_publish_site.py is about these."""

    def write(folder: Path, *, library: str, limits: Limits) -> None:
        (folder / "report.html").write_text('<a href="run.json">run</a> <a href="samples">s</a>')

    monkeypatch.setattr("bench.publish.site.write_report_page", write)


def code_of(*arguments: object) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["publish", *map(str, arguments)])
    return int(str(ended.value.code))


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Site:
    """What the writer of the site says, with another number for everything."""
    site = Site(runs=7, contributed=1, fleets=2, comparisons=6, trends=5, kernels=4, files=30)
    monkeypatch.setattr(module, "write_site", lambda results, folder: site)
    return site


@pytest.mark.usefixtures("made")
def test_it_says_what_was_written_and_where(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert code_of(tmp_path, "--output", tmp_path / "site") == 0
    counts, where = capsys.readouterr().out.splitlines()
    assert counts == (
        "7 runs, 1 run of other machines, 2 fleet runs, 6 comparisons, 5 trends, "
        "limits of 4 kernels, 30 files"
    )
    assert where == f"Site: {tmp_path}/site/index.html"


def test_json_is_one_document_on_stdout(
    made: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert code_of(tmp_path, "--output", tmp_path / "site", "--json") == 0
    assert json.loads(capsys.readouterr().out) == {"site": f"{tmp_path}/site", **asdict(made)}


def test_a_site_is_where_it_says(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    results = tmp_path / "results"
    results.mkdir()
    (results / PUBLISHED.name).symlink_to(PUBLISHED)
    assert code_of(results, "--output", tmp_path / "site") == 0
    assert Path(capsys.readouterr().out.split("Site: ")[1].strip()).is_file()
