"""Which code this is: every source counts, and nothing else."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest

from bench.identity import PACKAGE, git_state, identity, source_hash

CHECKOUT = PACKAGE.parent


def git(folder: Path, *words: str) -> str:
    command = ["git", "-C", str(folder), "-c", "user.name=t", "-c", "user.email=t@t", *words]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    folder = tmp_path / "checkout"
    folder.mkdir()
    git(folder, "init", "-q")
    (folder / "file").write_text("1")
    git(folder, "add", "file")
    git(folder, "commit", "-q", "-m", "first")
    return folder


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A checkout to be changed: its folder ``bench``."""
    for name in ("bench", "bpf"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(CHECKOUT / name, tmp_path / name, ignore=ignored)
    return tmp_path / "bench"


def test_it_is_as_the_module_prints_it_without_any_other_package() -> None:
    command = [sys.executable, "-I", "-S", "-c"]
    program = f"import sys; sys.path.insert(0, {str(CHECKOUT)!r}); import runpy; " + (
        "runpy.run_module('bench.identity', run_name='__main__')"
    )
    done = subprocess.run([*command, program], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == asdict(identity())


def test_every_file_that_git_knows_counts(copy: Path) -> None:
    listed = git(CHECKOUT, "ls-files", "-z", "bench", "bpf").strip("\0").split("\0")
    assert len(listed) > 300
    before = source_hash(copy)
    for name in listed[:: len(listed) // 20]:
        file = copy.parent / name
        content = file.read_bytes()
        file.write_bytes(content + b"\n")
        assert source_hash(copy) != before, name
        file.write_bytes(content)
    assert source_hash(copy) == before


def test_a_name_counts(copy: Path) -> None:
    before = source_hash(copy)
    (copy / "units.py").rename(copy / "unit.py")
    assert source_hash(copy) != before


def test_what_python_and_editors_leave_does_not_count(copy: Path) -> None:
    before = source_hash(copy)
    (copy / "__pycache__").mkdir()
    for name in ("__pycache__/units.pyc", ".units.py.swp", "units.py~"):
        (copy / name).write_text("x")
    assert source_hash(copy) == before == source_hash(PACKAGE)


def test_a_clean_checkout(checkout: Path) -> None:
    assert git_state(checkout) == (git(checkout, "rev-parse", "HEAD"), "no")


def test_a_changed_checkout(checkout: Path) -> None:
    (checkout / "file").write_text("2")
    assert git_state(checkout)[1] == "yes"


@pytest.mark.parametrize("folder", ["bench", "bpf/limits"])
def test_a_new_file_among_the_sources_is_a_change(checkout: Path, folder: str) -> None:
    (checkout / folder).mkdir(parents=True)
    (checkout / folder / "another").write_text("2")
    assert git_state(checkout)[1] == "yes"


@pytest.mark.parametrize("path", ["site/index.html", "results/RUN/run.json", "my-sweep.yaml"])
def test_what_one_makes_beside_the_sources_is_no_change(checkout: Path, path: str) -> None:
    """Otherwise whoever publishes a site marks the next run as made by changed code."""
    (checkout / path).parent.mkdir(parents=True, exist_ok=True)
    (checkout / path).write_text("2")
    assert git_state(checkout)[1] == "no"
    (checkout / "file").write_text("2")
    assert git_state(checkout)[1] == "yes"


def test_the_report_of_a_published_run_made_again_is_no_change(checkout: Path) -> None:
    report = checkout / "results/RUN/report.md"
    report.parent.mkdir(parents=True)
    report.write_text("as published")
    git(checkout, "add", "results")
    git(checkout, "commit", "-q", "-m", "publish")
    report.write_text("in the words of today")
    assert git_state(checkout)[1] == "no"


def test_a_file_that_git_ignores_is_no_change(checkout: Path) -> None:
    (checkout / "bench").mkdir()
    (checkout / "bench" / "x.pyc").write_text("2")
    (checkout / ".git" / "info" / "exclude").write_text("*.pyc\n")
    assert git_state(checkout)[1] == "no"


def test_a_worktree(checkout: Path, tmp_path: Path) -> None:
    git(checkout, "worktree", "add", "-q", str(tmp_path / "tree"))
    assert git_state(tmp_path / "tree") == (git(checkout, "rev-parse", "HEAD"), "no")


def test_a_folder_inside_of_a_foreign_repository_is_no_checkout(checkout: Path) -> None:
    (checkout / "site-packages").mkdir()
    assert git_state(checkout / "site-packages") == (None, None)


def test_a_repository_without_a_commit(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    assert git_state(tmp_path)[0] is None
