"""Where one run is disturbed: a small disk for its results, and what there was before."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.running import running

DISK = "size=4m"
BENCH = (sys.executable, "-m", "bench")


@dataclass
class Place:
    """A run and what it has.

    Attributes:
        folder: Where it was started; its results are on a small disk there.
        process: Of ``bench run``.
        words: Its arguments.
        begun: Lines of finished trials at the moment of the injection.
        undo: What the fault did to others than the run and must be taken back at its end.
        others: What the fault saw elsewhere that must not be.
    """

    folder: Path
    process: subprocess.Popen[str]
    words: tuple[str, ...]
    begun: list[bytes] = field(default_factory=list)
    others: list[str] = field(default_factory=list)

    @property
    def results(self) -> Path:
        """On the small disk."""
        return self.folder / "results"

    def lines(self) -> list[bytes]:
        """Whole lines of records so far."""
        found: list[bytes] = []
        for file in sorted(self.results.glob("*/trials.jsonl")):
            found += [line for line in file.read_bytes().splitlines(keepends=True) if b"\n" in line]
        return found

    def statuses(self) -> list[str]:
        """Of the trials, in their order."""
        return [str(json.loads(line)["status"]) for line in self.lines()]

    def explanations(self) -> list[str]:
        """What records say of trials that do not count."""
        records = [json.loads(line) for line in self.lines()]
        return [text for r in records for text in (r.get("error") or "", *r["reasons"]) if text]


@contextmanager
def disk(folder: Path) -> Iterator[None]:
    """Results lie on a disk that can be filled, or made read-only, without harm to others."""
    results = folder / "results"
    results.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", DISK, "none", str(results)], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(results)], check=True)


@contextmanager
def started(folder: Path, words: tuple[str, ...]) -> Iterator[Place]:
    """A run that goes on while the block does."""
    command = [*BENCH, "run", *words]
    with running(command, cwd=folder, stderr=subprocess.STDOUT) as process:
        yield Place(folder, process, words)
