"""The run folder: the one doorway to result files.

``run.json`` is replaced atomically; ``trials.jsonl`` grows by one synced line per trial, so an
interruption loses at most the trial in flight. A line cut off by a crash is recognised, kept
aside and reported, never skipped silently. Of a run that is finished it may be packed, as
``trials.jsonl.gz``.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy.typing as npt

from bench.errors import BenchError, UsageError
from bench.record import RunHeader, TrialRecord
from bench.store.disk import append_or_undo, sync_folder, unwritable, write_atomically
from bench.store.packed import content, unpack
from bench.store.run_format import Trials, dump_header, dump_record, parse_header, parse_trials
from bench.store.samples import Series, as_npz, series_in

RUN_FILE = "run.json"
TRIALS_FILE = "trials.jsonl"
TORN_FILE = "trials.torn"
SAMPLES = "samples"


def now_utc() -> str:
    """The present time for ``started`` and ``finished``: ISO 8601, UTC, whole seconds."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def new_run_id(started: datetime, hostname: str, sweep_name: str) -> str:
    """``<UTC yyyymmddThhmmssZ>-<hostname>-<sweep>``, safe as a folder name and in a URL."""
    return f"{started.astimezone(UTC):%Y%m%dT%H%M%SZ}-{host_word(hostname)}-{sweep_name}"


def host_word(hostname: str) -> str:
    """A host's name as it stands in run ids."""
    return re.sub(r"[^A-Za-z0-9.-]+", "-", hostname).strip("-.")[:63] or "host"


def make_folder(results_dir: Path, run_id: str) -> Path:
    """A new folder for a run; a taken id, also one taken just now, gets ``-2``, ``-3`` and so on.

    Raises:
        OSError: It cannot be made.
    """
    number = 1
    while True:
        path = results_dir / (run_id if number == 1 else f"{run_id}-{number}")
        try:
            path.mkdir(parents=True)
            return path
        except FileExistsError:
            number += 1


@dataclass(frozen=True, slots=True)
class RunFolder:
    """One run on disk.

    Attributes:
        path: The folder ``results/<run-id>``.
        header: ``run.json`` as last read or written.
    """

    path: Path
    header: RunHeader

    @classmethod
    def create(cls, results_dir: Path, header: RunHeader) -> RunFolder:
        """Begin a run; a taken run id gets the suffix ``-2``, ``-3`` and so on.

        Raises:
            BenchError: The folder cannot be written.
        """
        try:
            path = make_folder(results_dir, header.run_id)
            (path / SAMPLES).mkdir()
            (path / TRIALS_FILE).touch()
            sync_folder(results_dir)
        except OSError as error:
            raise unwritable(results_dir, error, "some space") from error
        run = cls(path, replace(header, run_id=path.name))
        run.save_header(run.header)
        return run

    @classmethod
    def open(cls, path: Path) -> RunFolder:
        """An existing run, for reading or resuming.

        Raises:
            UsageError: There is no run at ``path``.
            BenchError: ``run.json`` is corrupted or has an unknown format.
        """
        file = path / RUN_FILE
        try:
            text = file.read_bytes()
        except OSError as error:
            remedy = f"Give a folder that holds {RUN_FILE}, like results/<run-id>"
            problem = f"{path} is not a run: {file.name}: {error.strerror}"
            raise UsageError(problem, remedy=remedy) from error
        return cls(path, parse_header(text, str(file)))

    def save_header(self, header: RunHeader) -> RunFolder:
        """Replace ``run.json``; the returned folder carries the new header.

        Raises:
            BenchError: It cannot be written.
        """
        write_atomically(self.path / RUN_FILE, dump_header(header))
        return replace(self, header=header)

    def finish(self) -> RunFolder:
        """Mark the run as complete, now."""
        return self.save_header(replace(self.header, finished=now_utc()))

    def reopen(self, boot_id: str | None) -> RunFolder:
        """Mark the run as going on, now that trials are measured anew in this boot."""
        boot = boot_id if boot_id == self.header.boot_id else None
        header = replace(self.header, finished=None, boot_id=boot)
        return self if header == self.header else self.save_header(header)

    def read(self) -> Trials:
        """Records as far as they are whole, and warnings about what is not.

        Raises:
            BenchError: A line other than the last is corrupted, or has an unknown format.
        """
        file = self.path / TRIALS_FILE
        return parse_trials(content(file), str(file))

    def records(self) -> list[TrialRecord]:
        """The latest record of each trial, by trial number; errors as :meth:`read`."""
        return self.read().latest

    def repair(self) -> list[str]:
        """Move a line cut off by a crash to ``trials.torn``; call before resuming.

        Records that were packed are unpacked: more can be added to a plain file only.

        Returns:
            What was found and done, for the user; empty if the file is whole.
        """
        unpack(self.path / TRIALS_FILE)
        trials = self.read()
        if not trials.torn and trials.ends_whole:
            return []
        with (self.path / TORN_FILE).open("ab") as aside:
            aside.write(trials.torn + b"\n" if trials.torn else b"")
            os.fsync(aside.fileno())
        with (self.path / TRIALS_FILE).open("r+b") as file:
            file.truncate(trials.whole_bytes)
            file.seek(0, os.SEEK_END)
            file.write(b"" if trials.ends_whole else b"\n")
            os.fsync(file.fileno())
        return trials.warnings

    def append(self, record: TrialRecord) -> None:
        """Add one record and wait until it is on disk.

        Raises:
            BenchError: It cannot be written; all earlier records are kept.
        """
        line = dump_record(record)
        path = self.path / TRIALS_FILE
        try:
            with path.open("a+b", buffering=0) as file:
                append_or_undo(file.fileno(), line)
        except OSError as error:
            raise BenchError(
                f"cannot append trial {record.trial} to {path}: {error.strerror}; "
                "the trials before it are kept",
                remedy=f"Free space, then continue with: bench run --resume {self.path}",
            ) from error

    def replace_records(self, records: Iterable[TrialRecord]) -> None:
        """Put these in the place of all records, at once.

        Raises:
            BenchError: They cannot be written; those before are kept.
        """
        unpack(self.path / TRIALS_FILE)
        write_atomically(self.path / TRIALS_FILE, b"".join(dump_record(each) for each in records))

    def save_samples(self, trial: int, series: Series) -> Path:
        """Write the time series of one trial to ``samples/<trial>.npz``.

        Raises:
            BenchError: They cannot be written.
        """
        path = self._samples_of(trial)
        write_atomically(path, as_npz(series))
        return path

    def load_samples(
        self, trial: int, names: Collection[str] | None = None
    ) -> dict[str, npt.NDArray[Any]]:
        """The time series of one trial by name, of these names only if any are given.

        Empty if none were written.

        Raises:
            BenchError: They cannot be read.
        """
        path = self._samples_of(trial)
        return series_in(path, names) if path.exists() else {}

    def _samples_of(self, trial: int) -> Path:
        return self.path / SAMPLES / f"{trial:05d}.npz"
