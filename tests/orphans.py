"""What tests left that were killed, at whatever moment: taken away before the next ones begin.

All processes of a test run have its mark in their environment, and what a test makes in the kernel
has the pid of who made it in its name. So nothing is touched of a test run that still goes on.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from bench.clean.kinds import remove_instance
from bench.clean.removal import found, removed
from bench.errors import BenchError
from bench.host.exclusive import sole_measurement
from bench.host.mounts import find_mounts, unescaped
from bench.host.owner import PROC, lives, scratch_owner, scratch_prefix
from bench.host.sysctl import NOTE, put_back

MARK = "OF_TESTS"
"""Variable of the environment: whose tests began a process, and when they did."""
GONE_S = 300.0
BUSY_S = 5
CGROUPS = Path("/sys/fs/cgroup")
_NAMED = re.compile(r"bench-test-([0-9]+)(-.*)?")


def mark() -> str:
    """Mark all that this process starts from now on, unless it was itself started by tests."""
    return os.environ.setdefault(MARK, f"{scratch_prefix('tests')}{int(time.time())}")


def ended(text: str) -> bool:
    """Whether the test run of a mark is over; no text but a mark says so."""
    owner, since = scratch_owner(text), text.rpartition("-")[2]
    return owner is not None and since.isdecimal() and not lives(owner, int(since))


def name_of(what: str = "") -> str:
    """How something is called that a test makes in the kernel."""
    return f"bench-test-{os.getpid()}{f'-{what}' if what else ''}"


def take_away() -> None:
    """All that killed tests left, processes first: they hold the rest."""
    end_processes()
    if os.geteuid() != 0:
        return
    for point in mounts():
        subprocess.run(["umount", "--lazy", point], check=False)
    removed(found())
    for path, remove in named():
        _patiently(remove, path)
    if NOTE.exists():
        # Nobody's any more, unless somebody measures.
        with suppress(BenchError), sole_measurement():
            put_back()


def _patiently(remove: Callable[[Path], None], path: Path) -> None:
    """A group is busy until its last process was reaped; what stays must not keep tests from it."""
    for _ in range(BUSY_S * 20):
        try:
            return remove(path)
        except FileNotFoundError:
            return None
        except OSError as error:
            why = error
            time.sleep(0.05)
    print(f"{path}, left by killed tests, cannot be removed: {why}", file=sys.stderr)


def end_processes(proc: Path = PROC) -> None:
    """Kill them, until there is none: one may have begun another meanwhile."""
    deadline = time.monotonic() + GONE_S
    while left := processes(proc):
        assert time.monotonic() < deadline, f"of killed tests, and still there: {left}"
        if not any(installs(proc / str(pid)) for pid in left):
            for pid in left:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        time.sleep(0.01)


def installs(process: Path) -> bool:
    """Whether it changes packages of this machine, which it is allowed to do wholly."""
    try:
        own = (process / "root").readlink() == Path("/")
        return own and (process / "comm").read_text().strip() in ("apt", "apt-get", "dpkg")
    except OSError:
        return False


def processes(proc: Path = PROC) -> set[int]:
    """Pids of what tests began that are over."""
    begins = f"{MARK}="
    left = set()
    for path in proc.glob("[0-9]*/environ"):
        with suppress(OSError):  # It has ended, or is not ours to look at.
            words = os.fsdecode(path.read_bytes()).split("\0")
            if any(ended(w.removeprefix(begins)) for w in words if w.startswith(begins)):
                left.add(int(path.parent.name))
    return left


def named() -> Iterator[tuple[Path, Callable[[Path], None]]]:
    """Pins, trace instances and control groups, each with how it is removed."""
    known = find_mounts()
    places: list[tuple[Path, Callable[[Path], None]]] = [
        *((folder, Path.rmdir) for folder in (CGROUPS, *CGROUPS.glob("*/"))),
        *([(known.bpffs, unpin)] if known.bpffs else []),
        *([(known.tracefs / "instances", remove_instance)] if known.tracefs else []),
    ]
    for folder, remove in places:
        for path in folder.glob("bench-test-*"):
            fits = _NAMED.fullmatch(path.name)
            if fits and not lives(int(fits[1]), path.stat().st_mtime):
                yield path, remove


def unpin(path: Path) -> None:
    """Remove a pin, or a folder of them."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()


def mounts() -> list[Path]:
    """Mount points in temporary folders of pytest whose process is dead, inner ones first."""
    lines = Path("/proc/self/mountinfo").read_text().splitlines()
    points = [Path(unescaped(line.split()[4])) for line in lines]
    locks = Path(tempfile.gettempdir()).glob("pytest-of-*/pytest-*/.lock")
    folders = [lock.parent for lock in locks if _is_left(lock)]
    return [p for p in reversed(points) if any(p.is_relative_to(each) for each in folders)]


def _is_left(lock: Path) -> bool:
    """Whether nobody lives who wrote his pid there."""
    pid = lock.read_text()
    return pid.isdecimal() and not lives(int(pid), lock.stat().st_mtime)
