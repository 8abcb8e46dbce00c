"""What a page is made from: runs as they are on disk."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.record import RunHeader, TrialRecord, is_measurement
from bench.store import RunFolder


@dataclass(frozen=True, slots=True)
class Source:
    """One run.

    Attributes:
        folder: Where its raw records are.
        name: What tells it apart from the page's other runs: its host, or its run id.
        records: The latest record of each trial.
        warnings: What was wrong with its files.
    """

    folder: RunFolder
    name: str
    records: Sequence[TrialRecord]
    warnings: Sequence[str] = ()

    @property
    def header(self) -> RunHeader:
        """``run.json``."""
        return self.folder.header

    @property
    def measured(self) -> bool:
        """Whether its times and rates mean anything: not if its machine was emulated."""
        return is_measurement(self.header)


def read_sources(paths: Iterable[Path]) -> tuple[Source, ...]:
    """Read runs from their folders.

    Raises:
        UsageError: A path holds no run.
        BenchError: Records are corrupted.
    """
    folders = [RunFolder.open(path) for path in paths]
    hosts = [_host(folder) for folder in folders]
    alone = len(set(hosts)) == len(hosts)
    return tuple(source_of(f, "" if alone else f.header.run_id) for f in folders)


def source_of(folder: RunFolder, name: str = "") -> Source:
    """One run; its name is that of its host unless told otherwise.

    Raises:
        BenchError: Records are corrupted.
    """
    trials = folder.read()
    return Source(folder, name or _host(folder), trials.latest, trials.warnings)


def _host(folder: RunFolder) -> str:
    return str(folder.header.host.get("hostname", "host"))
