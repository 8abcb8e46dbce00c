"""The commands on this machine's own kernel."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from bench.guest.machine import CODE
from bench.matrix.answers import Answer, Told, answer_in, failure_of, words_of
from bench.matrix.commands import Command

NAME = "host"
CLEAN_UP_S = 20.0


def run_here(commands: Sequence[Command], folder: Path, timeout_s: float) -> Told:
    """Run the commands one after the other, each for ``timeout_s`` at most."""
    answers = tuple(_run(command, folder, timeout_s) for command in commands)
    return Told(os.uname().release, None, answers, failure_of(NAME, answers, ()))


def _run(command: Command, folder: Path, timeout_s: float) -> Answer:
    out, err = (folder / f"{command.verb}.{kind}" for kind in ("out", "err"))
    with out.open("wb") as stdout, err.open("wb") as stderr:
        process = subprocess.Popen(
            words_of(command, guest=False),
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(CODE)},
        )
        try:
            code = process.wait(timeout_s)
            (folder / f"{command.verb}.code").write_text(str(code))
        except subprocess.TimeoutExpired:
            pass  # An answer without a code says so.
        finally:
            _end(process)
    return answer_in(folder, command)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Let it clean up after itself; kill it only if it does not."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(CLEAN_UP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
