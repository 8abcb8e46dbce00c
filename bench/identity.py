"""Which code this is: one hash of its sources, the same in a checkout and in a wheel made of it.

``python -m bench.identity`` prints it as JSON; it needs nothing but Python, so that a controller
can ask a checkout before a wheel is built.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

import bench
from bench.process import CommandError, run

PACKAGE = Path(bench.__file__).resolve().parent
BUILT = "_build.json"
"""What ``hatch_build.py`` writes into a wheel: the commit that it was made of."""
OBJECTS = "_objects"
"""Folder of a wheel with what was compiled of the sources."""
DIGITS = 16
SOURCES = ("bench", "bpf")
"""Folders of a checkout in which a file that git does not know is code all the same."""
PAGES = ":(exclude)results"
"""Published runs: whoever looks at one with `bench report` makes its report again."""


@dataclass(frozen=True, slots=True)
class Identity:
    """What code this is.

    Attributes:
        version: Of the package.
        source_hash: Of every file of ``bench/`` and ``bpf/``; decides whether two are the same.
        git_commit: Commit of the checkout that it is, or was built from; None if unknown.
        git_dirty: ``yes`` if tracked files differ from that commit, or untracked ones lie among
            the sources, else ``no``; None if unknown. Runs, reports made again of published
            ones, sites, sweeps and whatever else one makes do not change what is measured.
    """

    version: str
    source_hash: str
    git_commit: str | None
    git_dirty: str | None

    def __str__(self) -> str:
        """For people: version, sources, commit."""
        commit = f", commit {self.git_commit[:12]}" if self.git_commit else ""
        changed = " with changes" if commit and self.git_dirty == "yes" else ""
        return f"{self.version} (sources {self.source_hash}{commit}{changed})"


@cache
def identity(package: Path = PACKAGE) -> Identity:
    """Identity of the code in a folder ``bench``; as of the first time that it was asked."""
    commit, dirty = git_state(package.parent)
    if commit is None and (package / BUILT).exists():
        built = json.loads((package / BUILT).read_text())
        commit, dirty = built["git_commit"], built["git_dirty"]
    return Identity(bench.__version__, source_hash(package), commit, dirty)


def source_hash(package: Path) -> str:
    """The first 16 hex digits of SHA-256 over names and contents of all sources."""
    total = hashlib.sha256()
    for name, path in sorted(_sources(package)):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        total.update(f"{content}  {name}\n".encode())
    return total.hexdigest()[:DIGITS]


def _sources(package: Path) -> Iterator[tuple[str, Path]]:
    inside = package / "_bpf"
    made = {inside, package / OBJECTS, package / BUILT}
    for path in _files(package):
        if made.isdisjoint((path, *path.parents)):
            yield f"bench/{path.relative_to(package)}", path
    # A wheel has the BPF sources within the package, a checkout beside it.
    bpf = inside if inside.is_dir() else package.parent / "bpf"
    for path in _files(bpf):
        yield f"bpf/{path.relative_to(bpf)}", path


def _files(folder: Path) -> Iterator[Path]:
    """Files but what Python or an editor made."""
    for path in folder.rglob("*"):
        parts = path.relative_to(folder).parts
        made = "__pycache__" in parts or any(part.startswith(".") for part in parts)
        if path.is_file() and not made and not path.name.endswith("~"):
            yield path


def git_state(folder: Path) -> tuple[str | None, str | None]:
    """Commit of the checkout whose top is ``folder``, and whether its code differs from it.

    A folder that merely lies inside of somebody's repository is not a checkout of it.
    """
    if not (folder / ".git").exists():
        return None, None
    commit = _git(folder, "rev-parse", "--verify", "HEAD")
    changed = _git(folder, "status", "--porcelain", "--untracked-files=no", "--", ".", PAGES)
    added = _git(folder, "ls-files", "--others", "--exclude-standard", "--", *SOURCES)
    if changed is None or added is None:
        return commit, None
    return commit, "yes" if changed or added else "no"


def _git(folder: Path, *words: str) -> str | None:
    # Root may run a checkout that belongs to a user; nothing of it may be executed then.
    settings = ["-c", f"safe.directory={folder}", "-c", "core.fsmonitor=false"]
    try:
        return run(["git", *settings, "-C", folder, *words]).strip()
    except CommandError:
        return None


if __name__ == "__main__":
    print(json.dumps(asdict(identity())))
