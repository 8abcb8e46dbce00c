from __future__ import annotations

import json
from pathlib import Path

import pytest

import bench
from bench.cli.main import main

PUBLISHED = Path(bench.__file__).parents[1] / "results"


@pytest.fixture(autouse=True)
def plain_reports(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command's own words do not depend on the pages: test_publish_site.py is about these."""

    def write(folder: Path) -> None:
        (folder / "report.html").write_text('<a href="run.json">run</a> <a href="samples">s</a>')

    monkeypatch.setattr("bench.publish.site.write_report_page", write)


def code_of(*arguments: object) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["publish", *map(str, arguments)])
    return int(str(ended.value.code))


def test_it_says_what_was_written_and_where(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert code_of(PUBLISHED, "--site", tmp_path / "site") == 0
    counts, where = capsys.readouterr().out.splitlines()
    assert counts.startswith(f"{len(list(PUBLISHED.glob('*/run.json')))} runs, ")
    assert where == f"Site: {tmp_path}/site/index.html"


def test_json_is_one_document_on_stdout(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert code_of(PUBLISHED, "--site", tmp_path / "site", "--json") == 0
    written = json.loads(capsys.readouterr().out)
    assert written["site"] == f"{tmp_path}/site" and written["files"] > 5


def test_results_that_are_not_there_are_a_usage_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert code_of(tmp_path / "no", "--site", tmp_path / "site") == 2
    assert "is no folder of results" in capsys.readouterr().err
    assert code_of(PUBLISHED) == 2
