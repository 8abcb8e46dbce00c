"""A process number that nobody has any more."""

from __future__ import annotations

import subprocess
import sys


def dead_pid() -> int:
    """Of a process that has ended and was waited for."""
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        pass
    return process.pid
