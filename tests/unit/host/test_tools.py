from __future__ import annotations

import platform
import subprocess
from pathlib import Path

import numpy as np
import pytest

from bench.host.tools import git_state, tool_versions


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


def test_versions() -> None:
    seen = tool_versions(libbpf="v1.1")
    assert seen["libbpf"] == "v1.1"
    assert seen["python"] == platform.python_version()
    assert seen["numpy"] == np.__version__


def test_a_clean_checkout(checkout: Path) -> None:
    assert git_state(checkout) == (git(checkout, "rev-parse", "HEAD"), "no")


def test_a_changed_checkout(checkout: Path) -> None:
    (checkout / "file").write_text("2")
    assert git_state(checkout)[1] == "yes"


def test_a_new_file_is_a_change(checkout: Path) -> None:
    (checkout / "another").write_text("2")
    assert git_state(checkout)[1] == "yes"


def test_a_worktree(checkout: Path, tmp_path: Path) -> None:
    git(checkout, "worktree", "add", "-q", str(tmp_path / "tree"))
    assert git_state(tmp_path / "tree") == (git(checkout, "rev-parse", "HEAD"), "no")


def test_a_folder_inside_of_a_foreign_repository_is_no_checkout(checkout: Path) -> None:
    (checkout / "site-packages").mkdir()
    assert git_state(checkout / "site-packages") == (None, None)


def test_a_repository_without_a_commit(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    assert git_state(tmp_path)[0] is None
