"""The command that called this process, by a name in its line of ancestors."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
SECRET = re.compile("pass|secret|token|vault", re.IGNORECASE)
"""What a command line may hold that must not be kept with results."""
GONE = ("Z", "X")
"""States of a process that has ended and is still in the table."""


@dataclass(frozen=True, slots=True)
class Caller:
    """A process that runs a program.

    Attributes:
        pid: Its id; with ``started``, ticks after boot, nobody else's.
        words: Its command line from the program on; empty if it seems to hold a secret.
        folder: Where it was called.
    """

    pid: int
    started: int
    words: tuple[str, ...]
    folder: str


def caller(name: str, pid: int | None = None, proc: Path = PROC) -> Caller | None:
    """The nearest ancestor that runs a program of that name, and not for its own parent.

    Args:
        name: Of the program, or of the script that an interpreter runs.
        pid: Whose ancestors; None = of this process.
        proc: Where processes are looked up.
    """
    found = None
    try:
        for each, words in _ancestors(pid or os.getpid(), proc):
            begins = [number for number, word in enumerate(words[:2]) if Path(word).name == name]
            if begins:
                found = _caller(each, words[begins[0] :], proc)
            elif found:  # What came before are forks of it.
                break
    except OSError:
        return found
    return found


def lives(pid: int, started: int, proc: Path = PROC) -> bool:
    """Whether a process still runs, and is the one that began then."""
    try:
        fields = _stat(pid, proc)
    except OSError:
        return False
    return fields[0] not in GONE and int(fields[19]) == started


def _caller(pid: int, words: list[str], proc: Path) -> Caller:
    kept = () if SECRET.search(" ".join(words)) else tuple(words)
    folder = str((proc / str(pid) / "cwd").readlink())
    return Caller(pid, int(_stat(pid, proc)[19]), kept, folder)


def _ancestors(pid: int, proc: Path) -> Iterator[tuple[int, list[str]]]:
    while pid > 0:  # Process 1 has no parent; in a container it may be the play.
        yield pid, (proc / str(pid) / "cmdline").read_text().split("\0")[:-1]
        pid = int(_stat(pid, proc)[1])


def _stat(pid: int, proc: Path) -> list[str]:
    """Fields of ``stat`` from the third, the state, on: proc_pid_stat(5)."""
    return (proc / str(pid) / "stat").read_text().rpartition(")")[2].split()
