from __future__ import annotations

import fcntl
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.errors import BenchError
from bench.host import exclusive, lock_map
from bench.host.exclusive import measuring, sole_measurement
from tests.running import running

HOLD = (
    "import fcntl, sys; file = open(sys.argv[1]); fcntl.flock(file, fcntl.LOCK_EX);"
    "print('held', flush=True); sys.stdin.read()"
)


@pytest.fixture(autouse=True)
def lock_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A lock of the test's own, so that it waits for no measurement."""
    file = tmp_path / "locked"
    file.write_text("")
    monkeypatch.setattr(exclusive, "LOCKED", file)
    monkeypatch.setattr(exclusive, "POLL_S", 0.01)
    monkeypatch.setattr(lock_map, "NAME", f"t{secrets.token_hex(6)}")
    return file


@pytest.fixture
def other(lock_file: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the lock until its standard input is closed."""
    command = [sys.executable, "-c", HOLD, str(lock_file)]
    with running(command, stdin=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stdout.readline() == "held\n"
        yield process


def is_free(file: Path) -> bool:
    with file.open() as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def test_the_lock_is_held_within_the_block_only(lock_file: Path) -> None:
    with sole_measurement():
        assert not is_free(lock_file)
    assert is_free(lock_file)


def test_the_lock_is_released_when_the_block_fails(lock_file: Path) -> None:
    with pytest.raises(KeyboardInterrupt), sole_measurement():
        raise KeyboardInterrupt
    assert is_free(lock_file)


def test_a_second_measurement_is_refused_and_the_first_one_named(
    other: subprocess.Popen[str],
) -> None:
    with pytest.raises(BenchError, match=rf"another bench .*: pid {other.pid}\.") as caught:
        with sole_measurement():
            pytest.fail("both would measure")
    assert "Wait until it has ended" in caught.value.remedy


def test_a_refused_measurement_leaves_no_descriptor(other: subprocess.Popen[str]) -> None:
    before = os.listdir("/proc/self/fd")
    with pytest.raises(BenchError), sole_measurement():
        pass
    assert len(os.listdir("/proc/self/fd")) == len(before)


def test_waiting_gets_the_lock_once_the_other_has_ended(
    other: subprocess.Popen[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def other_ends(seconds: float) -> None:
        other.communicate()

    monkeypatch.setattr(exclusive.time, "sleep", other_ends)
    with sole_measurement(wait_s=3_600):
        assert other.returncode == 0


def test_waiting_ends_in_a_refusal(other: subprocess.Popen[str]) -> None:
    with pytest.raises(BenchError, match="another bench"), sole_measurement(wait_s=0.05):
        pass


def test_a_holder_that_the_kernel_does_not_show_is_unknown(
    other: subprocess.Popen[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    locks = tmp_path / "locks"
    locks.write_text("1: POSIX  ADVISORY  WRITE 12 00:15:99 0 EOF\n")
    monkeypatch.setattr(exclusive, "LOCKS", locks)
    with pytest.raises(BenchError, match="pid unknown"), sole_measurement():
        pass


class Maps:
    """Maps of a kernel that nobody else uses: descriptor -> text; a descriptor is its map's id."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.texts: dict[int, bytes] = {}
        self._next = 100
        monkeypatch.setattr(lock_map, "created", self.create)
        monkeypatch.setattr(lock_map, "id_of", lambda fd: fd)
        monkeypatch.setattr(lock_map, "write", self.texts.__setitem__)
        monkeypatch.setattr(lock_map, "first", lambda: min(self.texts.items(), default=None))
        close = os.close
        monkeypatch.setattr(
            os, "close", lambda fd: self.texts.pop(fd, None) if fd >= 100 else close(fd)
        )

    def create(self) -> int:
        self._next += 1
        self.texts[self._next] = b""
        return self._next


def test_whoever_holds_the_map_in_another_namespace_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    maps = Maps(monkeypatch)
    maps.texts[100] = b'{"pid": 3, "command": ["bench", "run"]}'
    with pytest.raises(BenchError, match="in a namespace of its own: pid 3, bench run"):
        with sole_measurement():
            pass
    assert list(maps.texts) == [100]
    held = measuring()
    assert held is not None and held.pid == 3


def test_the_map_says_who_measures_and_goes_with_the_block(monkeypatch: pytest.MonkeyPatch) -> None:
    maps = Maps(monkeypatch)
    with sole_measurement() as note:
        note.tell_run(Path("results/x"))
        [text] = maps.texts.values()
        assert f'"pid": {os.getpid()}' in text.decode() and "results/x" in text.decode()
    assert not maps.texts
    assert measuring() is None


def test_of_two_that_begin_at_once_the_first_measures(monkeypatch: pytest.MonkeyPatch) -> None:
    maps = Maps(monkeypatch)
    with sole_measurement():
        ours = min(maps.texts)
        later = maps.create()
        assert lock_map.first() == (ours, maps.texts[ours])
        del maps.texts[later]


def test_without_leave_to_use_bpf_the_lock_of_the_file_is_all(
    monkeypatch: pytest.MonkeyPatch, lock_file: Path
) -> None:
    def refused(command: int, attributes: object) -> int:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(lock_map, "_bpf", refused)
    with sole_measurement():
        assert not is_free(lock_file)
    assert measuring() is None
