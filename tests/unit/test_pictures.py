"""README's answer and the pictures come from published runs, by one command."""

from __future__ import annotations

import re
import runpy
import shutil
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "docs" / "pictures" / "make.py"
FIXTURE = ROOT / "tests" / "data" / "aa-second" / "base"
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"<!-- the answer: .*?<!-- end of the answer -->", re.DOTALL)
EMPTY = "<!-- the answer: written by `make pictures` -->\n<!-- end of the answer -->"
NONE = "<!-- the runs: written by `make pictures` -->\n<!-- end of the runs -->"


def made(monkeypatch: pytest.MonkeyPatch, results: Path, readme: Path, output: Path) -> str:
    words = ["--results", results, "--readme", readme, "--output", output]
    monkeypatch.setattr(sys, "argv", [str(SCRIPT), *map(str, words)])
    runpy.run_path(str(SCRIPT), run_name="__main__")
    return readme.read_text(encoding="utf-8")


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    """A repository of one run, whose sweep README can show."""
    run = shutil.copytree(FIXTURE, tmp_path / "results" / "20260101T000000Z-vm-quick")
    header = run / "run.json"
    text = re.sub(r'"name": ?"[a-z]+"', '"name": "quick"', header.read_text(), count=1)
    header.write_text(text)
    (tmp_path / "README.md").write_text(f"# Title\n\n{EMPTY}\n\nThe rest.\n")
    (tmp_path / "results" / "README.md").write_text(f"# Runs\n\n{NONE}\n\nThe rest.\n")
    (tmp_path / "pictures").mkdir()
    return tmp_path


def test_the_answer_is_that_of_the_run_and_making_it_twice_changes_nothing(
    monkeypatch: pytest.MonkeyPatch, scratch: Path
) -> None:
    readme, output = scratch / "README.md", scratch / "pictures"
    first = made(monkeypatch, scratch / "results", readme, output)
    assert "- **Lateness.** The median callback is " in first
    assert "![" in first and "(pictures/answer.png)" in first
    assert first.startswith("# Title") and first.endswith("The rest.\n")
    assert "results/20260101T000000Z-vm-quick/report.md" in first
    listed = (scratch / "results" / "README.md").read_text(encoding="utf-8")
    assert "| [20260101T000000Z-vm-quick](20260101T000000Z-vm-quick/report.md) | " in listed
    assert listed.startswith("# Runs") and listed.endswith("The rest.\n")
    files = {path.name: path.read_bytes() for path in output.iterdir()}
    assert files["answer.png"].startswith(b"\x89PNG") and "heat-map.svg" in files
    assert made(monkeypatch, scratch / "results", readme, output) == first
    assert {path.name: path.read_bytes() for path in output.iterdir()} == files


def test_a_picture_that_no_run_has_any_more_is_removed(
    monkeypatch: pytest.MonkeyPatch, scratch: Path
) -> None:
    old = scratch / "pictures" / "engine-decision.svg"
    old.write_text("<svg/>")
    made(monkeypatch, scratch / "results", scratch / "README.md", scratch / "pictures")
    assert not old.exists()


def test_without_a_run_or_without_a_place_it_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, scratch: Path
) -> None:
    (scratch / "empty").mkdir()
    with pytest.raises(SystemExit, match="has no finished run of connections, quick"):
        made(monkeypatch, scratch / "empty", scratch / "README.md", scratch / "pictures")
    (scratch / "README.md").write_text("# Title")
    with pytest.raises(SystemExit, match="put both where the answer belongs"):
        made(monkeypatch, scratch / "results", scratch / "README.md", scratch / "pictures")


def test_readme_answers_before_line_25_and_has_100_lines_at_most() -> None:
    lines = README.splitlines()
    assert len(lines) <= 100
    found = BLOCK.search(README)
    assert found is not None
    before_its_end = README[: found.end()].count("\n") + 1
    assert before_its_end <= 25, "the answer and one picture come first"
    assert "- **" in found.group() and "![" in found.group()


def test_documentation_has_pictures_only_where_the_command_makes_them() -> None:
    pages = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    shown = {
        (page.parent / address).resolve()
        for page in pages
        for address in re.findall(r"!\[[^]]*\]\(([^)]+)\)", page.read_text(encoding="utf-8"))
    }
    pictures = ROOT / "docs" / "pictures"
    assert shown and {path.parent for path in shown} == {pictures}
    known = set(runpy.run_path(str(SCRIPT))["PICTURES"])
    assert {path.stem for path in shown} <= known
    assert {path.stem for path in pictures.iterdir() if path.suffix != ".py"} <= known
