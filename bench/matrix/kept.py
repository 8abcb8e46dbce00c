"""Answers kept in the cache, so that a matrix that was interrupted goes on where it stopped."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from bench.installation import PACKAGE, cache_dir
from bench.json_text import parsed
from bench.libbpf.compiler import source_dir
from bench.matrix.answers import FILES, Answer, KernelAnswers, answer_in
from bench.matrix.commands import Command
from bench.record import Virtual

KERNEL = "kernel.json"


@dataclass(frozen=True, slots=True)
class Kept:
    """The answers of one kernel.

    Attributes:
        folder: Of this kernel and this very code.
        resume: Whether answers of earlier runs are used.
    """

    folder: Path
    resume: bool

    @classmethod
    def of(cls, kernel: str, *, resume: bool) -> Kept:
        """Of a kernel by its package or file, as short as its name may be."""
        name = hashlib.sha256(kernel.encode()).hexdigest()[:16]
        return cls(cache_dir() / "matrix" / _code() / name, resume)

    def missing(self, commands: Sequence[Command]) -> list[Command]:
        """Commands that have to be run."""
        return [command for command in commands if self._answer(command) is None]

    def keep(self, found: KernelAnswers, folder: Path) -> None:
        """Keep what a kernel left in a folder, as far as it can be used."""
        if not found.release:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        virtual = None if found.virtual is None else str(found.virtual)
        text = json.dumps({"release": found.release, "virtual": virtual})
        (self.folder / KERNEL).write_text(text)
        for answer in found.answers:
            if answer.usable and answer.code is not None:
                self._keep(answer.command, folder)

    def _keep(self, command: Command, folder: Path) -> None:
        own = self._place(command)
        shutil.rmtree(own, ignore_errors=True)
        own.mkdir(parents=True)
        for kind in FILES:
            source = folder / f"{command.file}.{kind}"
            if source.exists():
                shutil.copyfile(source, own / f"{command.verb}.{kind}")

    def joined(self, commands: Sequence[Command], new: KernelAnswers | None) -> KernelAnswers:
        """All answers in the order of the commands: kept ones and new ones."""
        fresh = {answer.command: answer for answer in new.answers} if new else {}
        answers = [fresh.get(command) or self._answer(command) for command in commands]
        there = tuple(answer for answer in answers if answer is not None)
        if new is not None and new.release:
            return replace(new, answers=there)
        try:
            kernel = parsed((self.folder / KERNEL).read_text())
        except OSError:
            return replace(new, answers=there) if new else KernelAnswers("", None, there)
        virtual = None if kernel["virtual"] is None else Virtual(kernel["virtual"])
        return KernelAnswers(kernel["release"], virtual, there, new.failure if new else None)

    def _answer(self, command: Command) -> Answer | None:
        if not self.resume:
            return None
        found = answer_in(self._place(command), replace(command, number=1))
        return replace(found, command=command) if found.code is not None else None

    def _place(self, command: Command) -> Path:
        return self.folder / hashlib.sha256(command.text.encode()).hexdigest()[:16]


@cache
def _code() -> str:
    """Of all that decides an answer: another bench may ask something else."""
    digest = hashlib.sha256()
    for folder in (PACKAGE, source_dir()):
        for path in sorted(folder.rglob("*.[pch]*")):
            if path.suffix in (".py", ".c", ".h"):
                digest.update(f"{path.relative_to(folder)}\0".encode() + path.read_bytes())
    return digest.hexdigest()[:16]
