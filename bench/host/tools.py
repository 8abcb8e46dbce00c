"""Versions of everything a measurement passed through, for ``run.json``."""

from __future__ import annotations

import platform
import shutil
from importlib import metadata

from bench.identity import identity
from bench.process import CommandError, run


def tool_versions(libbpf: str | None = None, clang: str = "clang") -> dict[str, str | None]:
    """Tool -> version; None = not installed.

    ``source_hash``, ``git_commit`` and ``git_dirty`` say which code this is
    (:mod:`bench.identity`).

    Args:
        libbpf: What the loaded library says; None = ask the package manager.
        clang: The compiler's command.
    """
    code = identity()
    return {
        "bench": code.version,
        "source_hash": code.source_hash,
        "git_commit": code.git_commit,
        "git_dirty": code.git_dirty,
        "python": platform.python_version(),
        "numpy": _python_package("numpy"),
        "bcc": _python_package("bcc"),
        "libbpf": libbpf or _output(["dpkg-query", "-W", "-f", "${Version}", "libbpf1"]),
        "clang": _output([clang, "--version"]),
        "bpftool": _output(["bpftool", "version"]),
    }


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
