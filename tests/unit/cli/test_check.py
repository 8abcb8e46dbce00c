"""``bench check``: what it says, asks and writes, and its exit codes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bench.cli.check import MOST
from bench.cli.main import cli
from tests.unit.contribute.conftest import NAME, folder

__all__ = ["folder"]


def check(*words: str | Path, answer: str = "") -> Result:
    return CliRunner().invoke(cli, ["check", *map(str, words)], input=answer, standalone_mode=False)


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_an_honest_run_is_shown_and_written_only_when_asked(
    folder: Path, tmp_path: Path, own_cache: Path
) -> None:
    shown = check(folder)
    assert shown.return_value == 0 and f"host.hostname: {NAME} -> host-" in shown.output
    assert not (tmp_path / "out").exists()
    assert check(folder, "--output", tmp_path / "out", answer="n\n").return_value == 0
    assert not (tmp_path / "out").exists()
    assert check(folder, "--output", tmp_path / "out", answer="y\n").return_value == 0
    (written,) = (tmp_path / "out").iterdir()
    assert NAME not in written.name
    (key,) = own_cache.rglob("contribution.key")
    assert key.stat().st_mode & 0o777 == 0o600


def test_a_run_that_lies_is_named_and_not_written(folder: Path, tmp_path: Path) -> None:
    with (folder / "trials.jsonl").open("a") as file:
        file.write((folder / "trials.jsonl").read_text().replace('"trial":', '"trial":9'))
    result = check(folder, "--output", tmp_path / "out", "--yes")
    assert result.return_value == 1 and "planned" in result.output
    assert not (tmp_path / "out").exists()


def test_of_a_thousand_findings_some_are_shown(folder: Path) -> None:
    record = json.loads((folder / "trials.jsonl").read_text().splitlines()[0])
    record["notes"] = ["<b>x</b>"] * 1000
    (folder / "trials.jsonl").write_text(json.dumps(record) + "\n")
    shown = check(folder)
    assert shown.return_value == 1 and len(shown.output.splitlines()) <= 2 * MOST
    told = json.loads(check(folder, "--json").stdout)
    assert len(told["findings"]) >= 1000


def test_a_place_without_a_run_is_wrong_usage(tmp_path: Path) -> None:
    assert "holds no run" in str(check(tmp_path / "nowhere").exception)


def test_what_is_there_already_is_not_written_over(folder: Path, tmp_path: Path) -> None:
    first = check(folder, "--output", tmp_path / "out", "--yes")
    assert first.return_value == 0
    shutil.copytree(tmp_path / "out", tmp_path / "before")
    again = check(folder, "--output", tmp_path / "out", "--yes")
    assert "contribute" in str(again.exception)
