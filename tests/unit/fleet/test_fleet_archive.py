"""What comes from a host counts only if it is whole."""

from __future__ import annotations

import hashlib
import json
import signal
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.errors import BenchError
from bench.fleet.archive import take
from bench.fleet.read import host_runs
from bench.record import RunHeader, TrialRecord
from bench.store import RunFolder

KILLED = """
import os, signal, sys
from pathlib import Path
from bench.fleet.archive import take
archive, host, size, sha256, renames = sys.argv[1:]
left, original = iter(range(int(renames))), Path.rename
def rename(path, target):
    if next(left, None) is None:
        os.kill(os.getpid(), signal.SIGKILL)
    return original(path, target)
Path.rename = rename
take(Path(archive), Path(host), size_bytes=int(size), sha256=sha256)
"""


@pytest.fixture
def run(tmp_path: Path, header: RunHeader, make_record: Callable[..., TrialRecord]) -> RunFolder:
    folder = RunFolder.create(tmp_path / "there", header)
    folder.append(make_record(1))
    return folder


@pytest.fixture
def host(tmp_path: Path) -> Path:
    folder = tmp_path / "here" / "sut1"
    folder.mkdir(parents=True)
    return folder


def packed(folder: Path, host: Path) -> tuple[Path, int, str]:
    archive = host / "run.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(folder, folder.name)
    content = archive.read_bytes()
    return archive, len(content), hashlib.sha256(content).hexdigest()


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def test_a_whole_archive_replaces_what_was_there(
    run: RunFolder, host: Path, make_record: Callable[..., TrialRecord]
) -> None:
    archive, size, sha256 = packed(run.path, host)
    (host / ".unpacking-killed").mkdir()
    there = take(archive, host, size_bytes=size, sha256=sha256)
    assert there == host / run.path.name
    run.append(make_record(2))
    archive, size, sha256 = packed(run.path, host)
    take(archive, host, size_bytes=size, sha256=sha256)
    assert len(RunFolder.open(there).records()) == 2
    assert names(host) == [run.path.name]


@pytest.mark.parametrize(
    ("cut", "other", "problem"),
    [(10, "", "bytes"), (0, "f" * 64, "another SHA-256")],
    ids=["cut off", "changed"],
)
def test_what_is_not_whole_does_not_count(
    cut: int, other: str, problem: str, run: RunFolder, host: Path
) -> None:
    archive, size, sha256 = packed(run.path, host)
    archive.write_bytes(archive.read_bytes()[: size - cut])
    with pytest.raises(BenchError, match=problem) as caught:
        take(archive, host, size_bytes=size, sha256=other or sha256)
    assert str(archive) in str(caught.value) and "sut1" in str(caught.value)
    assert names(host) == []


def test_an_archive_that_did_not_come_is_named(host: Path) -> None:
    with pytest.raises(BenchError, match=f"the records of sut1 did not come to {host}"):
        take(host / "run.tar.gz", host, size_bytes=1, sha256="")


def test_an_archive_without_a_run_is_named(host: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    archive, size, sha256 = packed(tmp_path / "other", host)
    with pytest.raises(BenchError):
        take(archive, host, size_bytes=size, sha256=sha256)
    assert names(host) == []


def test_nothing_is_unpacked_outside_of_the_folder(host: Path, tmp_path: Path) -> None:
    archive = host / "run.tar.gz"
    (tmp_path / "there").write_text("x")
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(tmp_path / "there", "../../there")
    content = archive.read_bytes()
    sha256 = hashlib.sha256(content).hexdigest()
    with pytest.raises(BenchError, match="is no file of a run"):
        take(archive, host, size_bytes=len(content), sha256=sha256)


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE])
def test_a_link_in_an_archive_is_no_file_of_a_run(kind: bytes, host: Path) -> None:
    archive = host / "run.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        entry = tarfile.TarInfo("run/run.json")
        entry.type, entry.linkname = kind, "/etc/hostname"
        tar.addfile(entry)
    content = archive.read_bytes()
    with pytest.raises(BenchError, match="is no file of a run"):
        take(archive, host, size_bytes=len(content), sha256=hashlib.sha256(content).hexdigest())
    assert names(host) == []


def test_a_full_disk_names_path_and_host_and_leaves_nothing(
    run: RunFolder, host: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive, size, sha256 = packed(run.path, host)

    def full(*arguments: object, **options: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tarfile.TarFile, "extractall", full)
    with pytest.raises(BenchError, match=f"of sut1 into {host}: No space left on device"):
        take(archive, host, size_bytes=size, sha256=sha256)
    assert names(host) == []


@pytest.mark.parametrize("renames", [0, 1], ids=["before", "between"])
def test_a_kill_at_a_rename_neither_loses_nor_doubles_a_run(
    renames: int, run: RunFolder, host: Path, make_record: Callable[..., TrialRecord]
) -> None:
    """A child that takes the second copy is killed, at the first rename or at the second."""
    archive, size, sha256 = packed(run.path, host)
    take(archive, host, size_bytes=size, sha256=sha256)
    run.append(make_record(2))
    archive, size, sha256 = packed(run.path, host)
    words = (archive, host, size, sha256, renames)
    child = subprocess.run([sys.executable, "-c", KILLED, *map(str, words)])
    assert child.returncode == -signal.SIGKILL
    fleet = host.parent
    content = {"format": 1, "fleet_id": "f", "started": "", "finished": None, "sweep": "s"}
    (fleet / "fleet.json").write_text(json.dumps(content | {"hosts": {"sut1": {}}}))
    found = host_runs(fleet)["sut1"]
    assert found is not None and len(RunFolder.open(found).records()) == 1
    archive, size, sha256 = packed(run.path, host)
    there = take(archive, host, size_bytes=size, sha256=sha256)
    assert host_runs(fleet)["sut1"] == there and len(RunFolder.open(there).records()) == 2
    assert names(host) == [run.path.name]


def test_what_is_there_stays_if_the_new_copy_cannot_take_its_place(
    run: RunFolder, host: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive, size, sha256 = packed(run.path, host)
    there = take(archive, host, size_bytes=size, sha256=sha256)
    archive, size, sha256 = packed(run.path, host)
    original, calls = Path.rename, iter(range(3))

    def rename(path: Path, target: Path) -> Path:
        if next(calls) == 1:
            raise OSError(5, "Input/output error")
        return original(path, target)

    monkeypatch.setattr(Path, "rename", rename)
    with pytest.raises(BenchError, match="Input/output error"):
        take(archive, host, size_bytes=size, sha256=sha256)
    assert names(host) == [run.path.name]
    assert len(RunFolder.open(there).records()) == 1
