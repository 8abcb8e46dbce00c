"""The one doorway to other programs: an error carries command, code, stdout and stderr."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Sequence
from pathlib import Path

from bench.errors import BenchError


class CommandError(BenchError):
    """A command could not be started, timed out, or ended non-zero."""


def run(
    command: Sequence[str | Path],
    *,
    timeout_s: float = 60.0,
    remedy: str = "",
    env: dict[str, str] | None = None,
) -> str:
    """Run a command to its end and return its standard output.

    Raises:
        CommandError: It is not installed, exceeded ``timeout_s``, or its exit code is not 0.
    """
    words = [str(word) for word in command]
    line = shlex.join(words)
    try:
        done = subprocess.run(
            words,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout_s,
            check=False,
            stdin=subprocess.DEVNULL,
            env=env,
        )
    except OSError as error:
        raise CommandError(f"cannot start {words[0]}: {error.strerror}", remedy=remedy) from error
    except subprocess.TimeoutExpired as error:
        problem = f"{line} did not end within {timeout_s:g} s"
        raise CommandError(problem, remedy=remedy) from error
    if done.returncode != 0:
        detail = f"$ {line}\nstdout:\n{done.stdout}\nstderr:\n{done.stderr}"
        problem = f"{words[0]} ended with code {done.returncode}"
        raise CommandError(problem, remedy=remedy, detail=detail)
    return done.stdout
