"""A run that was read: its header and its records, as every analysis takes them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.record import RunHeader, TrialRecord, is_measurement
from bench.store.run_folder import RunFolder


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run.

    Attributes:
        header: ``run.json``.
        records: The latest record of each trial.
        path: Its folder, where its time series are.
        name: What distinguishes it from others beside it: its host, or its run id.
        warnings: What was wrong with its files.
    """

    header: RunHeader
    records: Sequence[TrialRecord]
    path: Path = Path()
    name: str = ""
    warnings: Sequence[str] = ()

    @property
    def folder(self) -> RunFolder:
        """Its folder, to read what is not in the records."""
        return RunFolder(self.path, self.header)

    @property
    def measured(self) -> bool:
        """Whether its times and rates mean anything: not if its machine was emulated."""
        return is_measurement(self.header)


def read_runs(paths: Iterable[Path]) -> tuple[Run, ...]:
    """Read runs from their folders; each is named by its host, or by its id where hosts repeat.

    Raises:
        UsageError: A path holds no run.
        BenchError: Records are corrupted.
    """
    folders = [RunFolder.open(path) for path in paths]
    hosts = [_host(folder) for folder in folders]
    alone = len(set(hosts)) == len(hosts)
    return tuple(read_run(f, "" if alone else f.header.run_id) for f in folders)


def read_run(folder: RunFolder, name: str = "") -> Run:
    """One run; its name is that of its host unless another is given.

    Raises:
        BenchError: Records are corrupted.
    """
    trials = folder.read()
    return Run(
        header=folder.header,
        records=trials.latest,
        path=folder.path,
        name=name or _host(folder),
        warnings=trials.warnings,
    )


def _host(folder: RunFolder) -> str:
    return str(folder.header.host.get("hostname", "host"))
