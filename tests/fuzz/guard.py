"""What reading an input must not do: take long, raise, write or read elsewhere, start anything."""

from __future__ import annotations

import os
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.errors import BenchError

LONGEST_S = 1.0
"""Of CPU time: the machine may be busy."""
STARTS = frozenset(
    {"subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork", "socket.connect",
     "ctypes.dlopen", "pickle.find_class", "shutil.move"}
)  # fmt: skip
LISTS = frozenset({"os.listdir", "os.scandir"})
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
INSTALLED = (
    sys.prefix,
    sys.base_prefix,
    "/usr/lib/python3",
    "/usr/share/zoneinfo",
    str(Path(__file__).parents[2]),
    "/proc/self/",
    f"/proc/{os.getpid()}/",
    "/sys/devices/system/cpu/",
)
"""Modules that are imported late, time zones, sweeps and templates of the tool, and the
CPUs that this process may use; never written."""


def _within(path: str, folder: str) -> bool:
    return (path + os.sep).startswith(folder + os.sep)


@dataclass
class Guard:
    """Watches what this process does while :attr:`folder` is set."""

    folder: str = ""
    broken: list[str] = field(default_factory=list)

    def hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        """An audit hook, see PEP 578; it cannot be taken away again."""
        if not self.folder:
            return
        if event in STARTS:
            self.broken.append(f"{event}{arguments!r:.200}")
        elif event in LISTS and isinstance(arguments[0], str | bytes):
            path = os.path.realpath(os.fsdecode(arguments[0]))
            if not _within(path, self.folder) and not path.startswith(INSTALLED):
                self.broken.append(f"list {path}")
        elif event == "open" and isinstance(arguments[0], str | bytes):
            path = os.path.realpath(os.fsdecode(arguments[0]))
            writes = bool((arguments[2] or 0) & WRITES)
            if not _within(path, self.folder) and (writes or not path.startswith(INSTALLED)):
                self.broken.append(f"open {path}{' to write' if writes else ''}")


GUARD = Guard()
sys.addaudithook(GUARD.hook)


def finding(work: Callable[[], object], folder: Path) -> str:
    """What the work did that it must not; empty if it was fine or refused by a BenchError."""
    GUARD.folder, GUARD.broken = os.path.realpath(folder), []
    begin = time.process_time()
    try:
        work()
    except BenchError as error:
        said = str(error)
        unsafe = "\x1b" in said or "\0" in said
        failed = f"its message has control characters: {said!r:.200}" if unsafe else ""
    except Exception:
        failed = traceback.format_exc()
    else:
        failed = ""
    finally:
        took, GUARD.folder = time.process_time() - begin, ""
    if not failed and took > LONGEST_S:
        failed = f"it took {took:.1f} s"
    return failed or "; ".join(GUARD.broken)
