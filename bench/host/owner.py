"""Whose a named thing is: names of what may be left behind have the pid of who made it."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

PROC = Path("/proc")
SLACK_S = 2.0
"""Two clocks, one of which has ticks of 10 ms, are read one after the other."""
_START_FIELD = 19
"""starttime of /proc/PID/stat, counted from the field after the name (proc(5))."""


def lives(pid: int, made_s: float, proc: Path = PROC) -> bool:
    """Whether a process that can have made a thing still exists.

    What /proc does not show may live nevertheless: only the kernel itself can say that it is dead.

    Args:
        pid: Of who made it. Numbers are used again, so who began later is another one.
        made_s: When it was made, seconds since the epoch.
    """
    try:
        os.kill(pid, 0)
        stat = (proc / str(pid) / "stat").read_text()
    except ProcessLookupError:
        return False
    except OSError:
        return True
    ticks = int(stat.rpartition(")")[2].split()[_START_FIELD])
    age_s = time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK")
    return time.time() - age_s <= made_s + SLACK_S


def scratch_prefix(kind: str, pid: int | None = None) -> str:
    """How names of a process's temporary folders of a kind begin; of this process by default.

    A pid means something within its own PID namespace only, whose number is in the name, too.
    """
    return f"bench-{kind}-{_pid_namespace()}-{pid or os.getpid()}-"


def scratch_owner(name: str) -> int | None:
    """Pid of who made a temporary folder of this name; None if none of ours did, or elsewhere."""
    first, *words = name.split("-")
    ours = first == "bench" and len(words) > 3 and words[1] == _pid_namespace()
    return int(words[2]) if ours and words[2].isdecimal() else None


def _pid_namespace() -> str:
    """Number of the PID namespace of this process, which all processes in it see alike."""
    try:
        return str((PROC / "self/ns/pid").stat().st_ino)
    except OSError:
        return "0"  # Without /proc: one that nobody else is in.


def scratch(kind: str) -> Path:
    """A new temporary folder; whoever asks removes it."""
    return Path(tempfile.mkdtemp(prefix=scratch_prefix(kind)))
