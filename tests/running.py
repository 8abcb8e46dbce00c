"""Processes of a test: started with ordinary signals, and gone when their block ends."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

KILLED_S = 30.0
ORDINARY = ("env", "--default-signal=INT,QUIT", "--")
"""A shell starts background jobs, and so whole test runs, with both ignored: see env(1)."""


@contextmanager
def running(
    command: Sequence[str],
    *,
    stdin: int | None = None,
    stderr: int | None = None,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
) -> Iterator[subprocess.Popen[str]]:
    """A command that runs while the block does, with its standard output in a pipe.

    It leads a session of its own. At the end the whole session is killed and the command is
    reaped, whatever happened in the block.
    """
    process = subprocess.Popen(
        [*ORDINARY, *command],
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=stderr,
        cwd=cwd,
        env=env,
        text=True,
        start_new_session=True,
    )
    with process:
        try:
            yield process
        finally:
            _kill_session(process.pid)


def ended(process: subprocess.Popen[str], *, seconds: float = 60.0) -> tuple[str, str]:
    """What it printed on both streams until its end, which must come within the time."""
    try:
        return process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired as error:
        raise AssertionError(f"it still runs: {error}; so far: {error.stdout!r}") from None


def members(session: int) -> set[int]:
    """Pids of the session's processes; zombies are no more."""
    found = set()
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, _parent, _group, its_session = path.read_text().rpartition(")")[2].split()[:4]
            if int(its_session) == session and state != "Z":
                found.add(int(path.parent.name))
    return found


def _kill_session(session: int) -> None:
    deadline = time.monotonic() + KILLED_S
    while left := members(session):
        assert time.monotonic() < deadline, f"killed {KILLED_S:g} s ago and still there: {left}"
        for pid in left:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.01)
