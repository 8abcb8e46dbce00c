"""The one doorway to other programs: an error carries command, code, stdout and stderr."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.child import Child, CommandError

__all__ = ["CommandError", "run"]


def run(
    command: Sequence[str | Path],
    *,
    timeout_s: float = 60.0,
    remedy: str = "",
    env: Mapping[str, str] | None = None,
    text: str = "",
) -> str:
    """Run a command to its end and return its standard output.

    Args:
        command: What to run.
        timeout_s: How long it may take.
        remedy: The next step if it fails.
        env: Its whole environment; None = ours.
        text: Its standard input.

    Raises:
        CommandError: It is not installed, exceeded ``timeout_s``, or its exit code is not 0.
    """
    pipe = subprocess.PIPE
    with Child(command, stdin=pipe, stdout=pipe, remedy=remedy, env=env) as child:
        return child.communicate(text, timeout_s)
