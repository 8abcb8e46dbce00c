"""What a command left in a folder: its document, its error, its messages, its exit code."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.error_file import VARIABLE, left
from bench.errors import BenchError
from bench.exits import Exit
from bench.json_text import parsed
from bench.limits.answers import deciding_line
from bench.matrix.commands import Command, Verb
from bench.matrix.table import Failure
from bench.record import Virtual

MESSAGE_LINES = 20
FILES = ("out", "err", "code", "error")
"""Endings of the files that a command leaves."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One command on one kernel.

    Attributes:
        command: The command.
        code: Its exit code; None if it has not ended.
        stdout: What it printed there.
        stderr: What it printed there.
        error: The error with which it ended; None if it ended without, or was ended.
    """

    command: Command
    code: int | None
    stdout: str
    stderr: str
    error: BenchError | None = None

    @property
    def document(self) -> dict[str, Any] | None:
        """The JSON that it printed; None if there is none, or not all of it."""
        try:
            found: dict[str, Any] = parsed(self.stdout)
        except ValueError:
            return None
        return found

    @property
    def refusal(self) -> str:
        """Its error on one line, with the kernel's reason; without one, its last words."""
        if self.error is None:
            lines = self.stderr.splitlines()
            return lines[-1].strip() if lines else "it said nothing"
        text = " ".join(self.error.problem.split())
        reason = deciding_line(self.error.detail)
        return f"{text}: {reason}" if reason and reason not in text else text

    @property
    def usable(self) -> bool:
        """Whether it says something of the kernel; a refused demo or run does, too."""
        if self.document is not None:
            return True
        return self.code == Exit.UNANSWERED and self.command.verb is not Verb.LIMITS


@dataclass(frozen=True, slots=True)
class KernelAnswers:
    """All that a kernel answered; ``failure`` if it is not all that was asked.

    Attributes:
        arch: Debian's name of its architecture, if that is not this machine's.
    """

    release: str
    virtual: Virtual | None
    answers: tuple[Answer, ...]
    failure: Failure | None = None
    arch: str = ""


def words_of(command: Command, *, guest: bool, python: str = sys.executable) -> list[str]:
    """The command with a Python and its bench."""
    return [python, "-m", "bench", *command.arguments(guest=guest)]


def script(commands: Sequence[Command], python: str = sys.executable) -> str:
    """Shell text that runs the commands one after the other, each with files of its own."""
    return "\n".join(
        f"{VARIABLE}={command.file}.error {shlex.join(words)}"
        f" > {command.file}.out 2> {command.file}.err; echo $? > {command.file}.code"
        for command in commands
        for words in (words_of(command, guest=True, python=python),)
    )


def answer_in(folder: Path, command: Command) -> Answer:
    """What the command left in the folder so far."""
    code = _text(folder / f"{command.file}.code").strip()
    return Answer(
        command=command,
        code=int(code) if code else None,
        stdout=_text(folder / f"{command.file}.out"),
        stderr=_text(folder / f"{command.file}.err"),
        error=left(folder / f"{command.file}.error"),
    )


def _text(path: Path) -> str:
    return path.read_text(errors="replace") if path.exists() else ""


def failure_of(kernel: str, answers: Sequence[Answer], console: Sequence[str]) -> Failure | None:
    """The first command that gave nothing usable, with its messages and the console's end."""
    for answer in answers:
        if not answer.usable:
            how = "did not end" if answer.code is None else f"ended with code {answer.code}"
            said = answer.stderr.splitlines()[-MESSAGE_LINES:]
            return Failure(
                f"{kernel}: step command: {answer.command.text} {how}: {answer.refusal}",
                detail="\n".join([*said, *(("console:", *console) if console else ())]),
            )
    return None
