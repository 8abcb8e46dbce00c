from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pydantic
import pytest

from bench.errors import BenchError, UsageError
from bench.record import RunHeader, TrialRecord
from bench.store import RunFolder, check_writable, new_run_id, write_atomically

MakeRecord = Callable[..., TrialRecord]
MIB = 1 << 20


@pytest.fixture
def run(tmp_path: Path, header: RunHeader) -> RunFolder:
    return RunFolder.create(tmp_path / "results", header)


@pytest.fixture
def full_disk(tmp_path: Path) -> Iterator[Path]:
    """A real file system of 256 KiB."""
    path = tmp_path / "small"
    path.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", path], capture_output=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip(f"cannot mount a tmpfs: {mounted.stderr.decode().strip()}")
    try:
        yield path
    finally:
        subprocess.run(["umount", path], check=True)


def test_run_id_is_safe_and_in_utc() -> None:
    started = datetime(2026, 1, 2, 5, 4, 5, tzinfo=timezone(timedelta(hours=2)))
    assert new_run_id(started, "lb1.example.org", "quick") == (
        "20260102T030405Z-lb1.example.org-quick"
    )
    assert new_run_id(started.astimezone(UTC), "../a b|c", "x") == "20260102T030405Z-a-b-c-x"
    assert new_run_id(started, "..", "x") == "20260102T030405Z-host-x"


def test_a_run_is_read_back(run: RunFolder, header: RunHeader, make_record: MakeRecord) -> None:
    run.append(make_record(1))
    run.append(make_record(2))
    again = RunFolder.open(run.path)
    assert again.header == header
    assert again.records() == [make_record(1), make_record(2)]
    assert again.read().warnings == []


def test_a_new_run_has_no_records(run: RunFolder) -> None:
    assert run.records() == []
    assert run.repair() == []


def test_a_taken_run_id_gets_a_suffix(run: RunFolder, header: RunHeader) -> None:
    second = RunFolder.create(run.path.parent, header)
    third = RunFolder.create(run.path.parent, header)
    assert [second.path.name, third.path.name] == [f"{header.run_id}-{n}" for n in (2, 3)]
    assert RunFolder.open(second.path).header.run_id == second.path.name


def test_finish_is_stored(run: RunFolder) -> None:
    done = run.finish()
    assert run.header.finished is None
    assert done.header.finished is not None
    assert RunFolder.open(run.path).header == done.header


def test_the_latest_record_of_a_trial_wins(run: RunFolder, make_record: MakeRecord) -> None:
    for record in (make_record(2), make_record(1), make_record(2, p50_ns=9_000)):
        run.append(record)
    assert run.records() == [make_record(1), make_record(2, p50_ns=9_000)]


def test_samples_are_read_back(run: RunFolder) -> None:
    series = {"t_ns": np.arange(5), "fired": np.array([0.5, 1.5])}
    run.save_samples(3, series)
    again = run.load_samples(3)
    assert again.keys() == series.keys()
    assert all(np.array_equal(again[name], series[name]) for name in series)
    assert run.load_samples(4) == {}


@pytest.mark.parametrize("kept", [1, 20, -2])
def test_a_torn_line_is_reported_and_kept_aside(
    run: RunFolder, make_record: MakeRecord, kept: int
) -> None:
    run.append(make_record(1))
    file = run.path / "trials.jsonl"
    whole = file.read_bytes()
    torn = whole[:kept]
    file.write_bytes(whole + torn)

    trials = run.read()
    assert trials.records == [make_record(1)]
    assert "line 2" in trials.warnings[0]
    assert file.read_bytes() == whole + torn, "reading must not change the file"

    assert run.repair() == trials.warnings
    assert file.read_bytes() == whole
    assert (run.path / "trials.torn").read_bytes() == torn + b"\n"
    run.append(make_record(2))
    assert len(run.records()) == 2
    assert run.repair() == []


def test_a_record_without_its_newline_is_kept(run: RunFolder, make_record: MakeRecord) -> None:
    run.append(make_record(1))
    file = run.path / "trials.jsonl"
    whole = file.read_bytes()
    file.write_bytes(whole[:-1])
    assert run.records() == [make_record(1)]
    assert len(run.repair()) == 1
    assert file.read_bytes() == whole


def test_nothing_is_appended_to_a_torn_line(run: RunFolder, make_record: MakeRecord) -> None:
    (run.path / "trials.jsonl").write_bytes(b'{"form')
    with pytest.raises(BenchError, match="not repaired"):
        run.append(make_record(1))


def test_a_failed_append_leaves_whole_lines(
    run: RunFolder, make_record: MakeRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    run.append(make_record(1))

    def interrupted(_: int) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(os, "fsync", interrupted)
        run.append(make_record(2))
    assert run.records() == [make_record(1)]
    run.append(make_record(3))
    assert len(run.records()) == 2


def test_a_record_that_json_cannot_hold_is_a_bug(run: RunFolder, make_record: MakeRecord) -> None:
    record = make_record(1)
    assert record.ksoftirqd is not None
    broken = replace(record, ksoftirqd=replace(record.ksoftirqd, cpu_share=float("nan")))
    with pytest.raises(pydantic.ValidationError, match="cpu_share"):
        run.append(broken)
    assert run.records() == []


def test_a_full_disk_is_found_before_measuring(full_disk: Path) -> None:
    with pytest.raises(BenchError, match=r"No space left.*Free 1 MiB"):
        check_writable(full_disk / "results", MIB)
    check_writable(full_disk / "results", 64 * 1024)
    assert list((full_disk / "results").iterdir()) == []


def test_a_disk_that_fills_up_keeps_earlier_records(
    full_disk: Path, header: RunHeader, make_record: MakeRecord
) -> None:
    run = RunFolder.create(full_disk, header)
    run.append(make_record(1))
    (full_disk / "ballast").write_bytes(bytes(os.statvfs(full_disk).f_bavail * 4096))
    with pytest.raises(BenchError, match=r"trial 2 .*No space left.*before it are kept.*--resume"):
        run.append(make_record(2, error="x" * 8192))
    assert run.records() == [make_record(1)]
    with pytest.raises(BenchError, match="No space left"):
        run.save_samples(1, {"t": np.arange(9_000)})
    with pytest.raises(BenchError, match="No space left"):
        run.save_header(replace(header, command=["x" * 8192]))
    assert RunFolder.open(run.path).header == header
    assert not list(run.path.glob(".*"))
    (full_disk / "ballast").unlink()
    run.append(make_record(2))
    assert len(run.records()) == 2


def test_a_results_folder_is_made(tmp_path: Path) -> None:
    check_writable(tmp_path / "a" / "b", 1)
    assert list((tmp_path / "a" / "b").iterdir()) == []


def test_a_file_is_no_results_folder(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    for path in (file, file / "below"):
        with pytest.raises(BenchError, match=f"{path}.*choose a folder"):
            check_writable(path, 1)


def test_an_unwritable_place_is_named() -> None:
    # procfs refuses new entries even to root.
    with pytest.raises(BenchError, match=r"/proc/results.*Choose a writable"):
        check_writable(Path("/proc/results"), 1)


def test_atomic_writing_replaces_and_leaves_nothing(tmp_path: Path) -> None:
    file = tmp_path / "file"
    write_atomically(file, b"one")
    write_atomically(file, b"two")
    assert file.read_bytes() == b"two"
    assert list(tmp_path.iterdir()) == [file]


def test_a_place_without_a_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"is not a run.*results/<run-id>"):
        RunFolder.open(tmp_path)


def test_a_file_where_a_folder_should_be_is_an_error_with_the_next_step(tmp_path: Path) -> None:
    (tmp_path / "taken").touch()
    with pytest.raises(BenchError, match=r"cannot write results to .*taken/page\.html") as caught:
        write_atomically(tmp_path / "taken" / "page.html", b"x")
    assert "choose a folder for results" in caught.value.remedy
    write_atomically(tmp_path / "made" / "below" / "page.html", b"x")


def test_a_run_resumed_in_another_boot_is_of_no_one_boot(tmp_path: Path, header: RunHeader) -> None:
    run = RunFolder.create(tmp_path, replace(header, boot_id="a")).finish()
    same = run.reopen("a")
    assert (same.header.finished, same.header.boot_id) == (None, "a")
    assert run.reopen("b").header.boot_id is None
    assert RunFolder.open(run.path).reopen("a").header.boot_id is None


def test_an_interruption_while_a_record_is_synced_loses_nothing(
    tmp_path: Path, header: RunHeader, make_record: MakeRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = RunFolder.create(tmp_path, header)
    sync = os.fsync

    def interrupted(descriptor: int) -> None:
        signal.raise_signal(signal.SIGINT)
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run.append(make_record(1))
    assert [record.trial for record in RunFolder.open(run.path).records()] == [1]
