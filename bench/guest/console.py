"""What a guest's console says, and the part of it that says why the guest failed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

CONSOLE_LINES = 20
_TROUBLE = re.compile(r"Kernel panic|BUG:|Oops|general protection fault|watchdog:.*lockup")
_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|[^\t\x20-\x7e]")


def console_lines(path: Path) -> list[str]:
    """Lines of a console log without control characters; empty if there is none."""
    try:
        text = path.read_bytes().decode(errors="replace")
    except FileNotFoundError:
        return []
    plain = (_CONTROL.sub("", line) for line in text.replace("\r", "\n").splitlines())
    return [line for line in plain if line.strip()]


def excerpt(lines: Sequence[str]) -> tuple[str, Sequence[str]]:
    """The line that names the trouble, empty if none does, and the lines to show.

    These are the end of the console, or what led to the trouble and followed it.
    """
    trouble = next((n for n, line in enumerate(lines) if _TROUBLE.search(line)), None)
    why = "" if trouble is None else lines[trouble].strip()
    first = len(lines) - CONSOLE_LINES if trouble is None else trouble - CONSOLE_LINES // 4
    return why, lines[max(first, 0) :][:CONSOLE_LINES]
