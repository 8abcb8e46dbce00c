"""What the documentation links to is in the repository, not only in somebody's folder."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.tracked import ROOT, published_runs, tracked

LINK = re.compile(r"\]\(([^)#\s]+)")
RUN = re.compile(r"results/\d{8}T\d{6}Z-[\w-]+")


TRACKED = tracked() | {folder for file in tracked() for folder in file.parents}
"""Files in git, and the folders that they are in."""
PLACES = (ROOT, *(path for path in TRACKED if path.is_relative_to(ROOT / "docs")))
PAGES = [
    *sorted(path for path in TRACKED if path.suffix == ".md" and path.parent in PLACES),
    ROOT / "results" / "README.md",
]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_to_files_that_are_in_git(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    links = [link for link in LINK.findall(text) if "://" not in link]
    missing = [link for link in links if (page.parent / link).resolve() not in TRACKED]
    assert not missing, "run folders are ignored by git: add them with git add -f"


def test_each_published_run_is_in_the_list_of_runs() -> None:
    page = ROOT / "results" / "README.md"
    linked = {(page.parent / link).resolve() for link in LINK.findall(page.read_text())}
    missing = [run.name for run in published_runs() if run / "report.md" not in linked]
    assert published_runs() and not missing, "make pictures writes the list of runs"


def test_runs_that_tests_and_documentation_name_are_in_git() -> None:
    sources = [*PAGES, *(path for path in TRACKED if path.suffix == ".py")]
    named = {
        ROOT / run
        for path in sources
        if path.is_file()
        for run in RUN.findall(path.read_text(encoding="utf-8"))
        if not run.startswith("results/20260")  # Examples of help texts.
    }
    assert named and named <= TRACKED, sorted(named - TRACKED)


def test_published_runs_are_small_and_hold_nothing_that_a_command_makes_again() -> None:
    files = [path for path in TRACKED if path.is_relative_to(ROOT / "results") and path.is_file()]
    assert sum(path.stat().st_size for path in files) < 20 * 1024 * 1024
    remade = [path for path in files if path.name == "report.html" or path.parent.name == "figures"]
    assert files and not remade
