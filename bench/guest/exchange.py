"""The files of the shared folder through which host and guest speak to each other."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from bench.errors import BenchError
from bench.json_text import parsed

REQUEST = "request.json"
ANSWER = "answer.json"
STEP = "step"
RELEASE = "release"
STDOUT = "stdout"
STDERR = "stderr"
CONSOLE = "console.log"
CACHE = "cache"
OBJECTS = "objects"
OWN_FILES = "BENCH_OWN_FILES"
"""Set in a guest that has disks of its own, and does not see the host's files."""
ROOT_TAG = "bench"
"""Mount tag under which the guest finds the host's root a second time."""


class Step(StrEnum):
    """How far a guest has come."""

    BOOT = "boot"
    PREPARE = "prepare"
    COMMAND = "command"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the guest reports at its end.

    Attributes:
        exit_code: Of the command; negative = killed by that signal; None = not run.
        release: ``uname -r`` of the guest.
        error: Why the command was not run; empty if it was.
    """

    exit_code: int | None
    release: str
    error: str = ""


def write_request(shared: Path, argv: Sequence[str], env: Mapping[str, str]) -> None:
    """Say what to run, and clear away what an earlier guest left."""
    for name in (ANSWER, STEP, RELEASE, STDOUT, STDERR, CONSOLE):
        (shared / name).unlink(missing_ok=True)
    (shared / REQUEST).write_text(json.dumps({"argv": list(argv), "env": dict(env)}))


def read_request(shared: Path) -> tuple[list[str], dict[str, str]]:
    """The command and its additional environment."""
    found = json.loads((shared / REQUEST).read_text())
    return found["argv"], found["env"]


def write_answer(shared: Path, answer: Answer) -> None:
    """Report to the host; the file appears complete or not at all."""
    partial = shared / f"{ANSWER}.partial"
    partial.write_text(
        json.dumps(
            {"exit_code": answer.exit_code, "release": answer.release, "error": answer.error}
        )
    )
    partial.replace(shared / ANSWER)


def read_answer(shared: Path) -> Answer | None:
    """What the guest reported; None if it ended without a word.

    Raises:
        BenchError: It wrote something else.
    """
    file = shared / ANSWER
    try:
        return Answer(**parsed(file.read_bytes()))
    except FileNotFoundError:
        return None
    except (TypeError, ValueError) as error:
        raise BenchError(f"the guest wrote no answer into {file}: {error}") from error


def read_release(shared: Path) -> str:
    """``uname -r`` of the guest; empty if it did not get so far."""
    try:
        return (shared / RELEASE).read_text()
    except FileNotFoundError:
        return ""


def read_step(shared: Path) -> Step:
    """How far the guest has come."""
    try:
        return Step((shared / STEP).read_text())
    except (FileNotFoundError, ValueError):
        return Step.BOOT
