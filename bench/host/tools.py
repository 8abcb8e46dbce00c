"""Versions of everything a measurement passed through, for ``run.json``."""

from __future__ import annotations

import platform
import shutil
from importlib import metadata
from pathlib import Path

import bench
from bench.process import CommandError, run


def tool_versions(libbpf: str | None = None, clang: str = "clang") -> dict[str, str | None]:
    """Tool -> version; None = not installed.

    ``git_commit`` and ``git_dirty`` (``yes`` or ``no``) are of the checkout that this code
    runs from, None for an installed package.

    Args:
        libbpf: What the loaded library says; None = ask the package manager.
        clang: The compiler's command.
    """
    commit, dirty = git_state(Path(bench.__file__).resolve().parent.parent)
    return {
        "bench": bench.__version__,
        "git_commit": commit,
        "git_dirty": dirty,
        "python": platform.python_version(),
        "numpy": _python_package("numpy"),
        "bcc": _python_package("bcc"),
        "libbpf": libbpf or _output(["dpkg-query", "-W", "-f", "${Version}", "libbpf1"]),
        "clang": _output([clang, "--version"]),
        "bpftool": _output(["bpftool", "version"]),
    }


def git_state(folder: Path) -> tuple[str | None, str | None]:
    """Commit of the checkout whose top is ``folder``, and whether files differ from it.

    A folder that merely lies inside of somebody's repository is not a checkout of it.
    """
    if not (folder / ".git").exists():
        return None, None
    commit = _git(folder, "rev-parse", "--verify", "HEAD")
    changes = _git(folder, "status", "--porcelain")
    return commit, None if changes is None else "yes" if changes else "no"


def _git(folder: Path, *words: str) -> str | None:
    # Root may run a checkout that belongs to a user; nothing of it may be executed then.
    settings = ["-c", f"safe.directory={folder}", "-c", "core.fsmonitor=false"]
    try:
        return run(["git", *settings, "-C", folder, *words]).strip()
    except CommandError:
        return None


def _output(command: list[str]) -> str | None:
    """First line of what a command prints, None if it is not there or fails."""
    if shutil.which(command[0]) is None:
        return None
    try:
        return run(command).partition("\n")[0].strip() or None
    except CommandError:
        return None


def _python_package(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
