"""The command that called this process, by a name in its line of ancestors."""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path

PROC = Path("/proc")
SECRET = re.compile("pass|secret|token|vault", re.IGNORECASE)
"""What a command line may hold that must not be kept with results."""


def calling_command(name: str, pid: int | None = None, proc: Path = PROC) -> str | None:
    """The command line of the nearest ancestor that runs a program of that name.

    Args:
        name: Of the program, or of the script that an interpreter runs.
        pid: Whose ancestors; None = of this process.
        proc: Where processes are looked up.

    Returns:
        None if there is none, or if its words seem to hold a secret.
    """
    pid = pid or os.getpid()
    while pid > 1:
        try:
            words = (proc / str(pid) / "cmdline").read_text().split("\0")[:-1]
            found = [number for number, word in enumerate(words[:2]) if Path(word).name == name]
            if found:
                line = shlex.join(words[found[0] :])
                return None if SECRET.search(line) else line
            pid = int((proc / str(pid) / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            return None
    return None
