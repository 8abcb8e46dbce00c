"""The commands on this machine's own kernel."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from bench.child import Child
from bench.error_file import VARIABLE
from bench.guest.host_files import CODE
from bench.matrix.answers import Answer, KernelAnswers, answer_in, failure_of, words_of
from bench.matrix.commands import Command

NAME = "host"
CLEAN_UP_S = 20.0


def run_here(commands: Sequence[Command], folder: Path, timeout_s: float) -> KernelAnswers:
    """Run the commands one after the other, each for ``timeout_s`` at most."""
    answers = tuple(_run(command, folder, timeout_s) for command in commands)
    return KernelAnswers(os.uname().release, None, answers, failure_of(NAME, answers, ()))


def _run(command: Command, folder: Path, timeout_s: float) -> Answer:
    out, err, error = (folder / f"{command.file}.{kind}" for kind in ("out", "err", "error"))
    env = {**os.environ, "PYTHONPATH": str(CODE), VARIABLE: str(error)}
    words = words_of(command, guest=False)
    with out.open("wb") as stdout, err.open("wb") as stderr:
        with Child(words, stdout=stdout, stderr=stderr, cwd=folder, env=env) as child:
            try:
                code = child.wait(timeout_s)
                if code is not None:  # An answer without a code says that it took too long.
                    (folder / f"{command.file}.code").write_text(str(code))
            finally:
                child.terminate()
                child.wait(CLEAN_UP_S)
    return answer_in(folder, command)
