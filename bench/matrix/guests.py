"""Kernels in guests: boot each once, run all commands, as many guests at a time as fit."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from bench.drivers.objects import pass_on
from bench.errors import BenchError
from bench.guest.boot import Boot
from bench.guest.console import console_lines, excerpt
from bench.guest.exchange import CONSOLE, OBJECTS, STEP, Step, read_release
from bench.guest.images import Image
from bench.guest.machine import POLL_S, Guest, host_name
from bench.guest.virtual import virtualisation
from bench.guest.ways import boot_of
from bench.installation import cache_dir
from bench.limits.nmi import WAITING
from bench.matrix.answers import KernelAnswers, answer_in, failure_of, script
from bench.matrix.commands import Command, Verb
from bench.matrix.table import Failure

CONSOLES = "consoles"
"""Folder of the cache with the console of each kernel that failed last."""
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """What each guest gets, and how long it may take for everything."""

    cpus: int
    memory_mib: int
    timeout_s: float
    parameters: tuple[str, ...] = ()


class _Booted:
    """A guest that works on the commands."""

    def __init__(self, guest: Guest, commands: Sequence[Command]) -> None:
        self.guest, self._commands = guest, commands
        self._nmi_due = any(command.verb is Verb.LIMITS for command in commands)
        objects = pass_on(guest.shared / OBJECTS, arch=guest.image.machine)
        guest.start(["sh", "-c", script(commands, guest.python)], objects)

    def poll(self, timeout_s: float) -> KernelAnswers | None:
        """What the kernel answered; None while it is still at it."""
        try:
            result = self.guest.poll(timeout_s)
            self._send_nmi()
        except BenchError as error:
            return self._until(self._failed(error))
        if result is None:
            return None
        answers = tuple(answer_in(self.guest.shared, item) for item in self._commands)
        _, console = excerpt(console_lines(result.console))
        failure = failure_of(f"guest {self.guest.image.name}", answers, console)
        if failure is not None:
            failure = replace(failure, remedy=self._kept_console())
        return KernelAnswers(result.release, result.virtual, answers, failure)

    def _until(self, failure: Failure) -> KernelAnswers:
        """What it answered before it failed."""
        shared = self.guest.shared
        asked = (answer_in(shared, command) for command in self._commands)
        answers = tuple(answer for answer in asked if answer.code is not None and answer.usable)
        return KernelAnswers(read_release(shared), self.guest.virtual, answers, failure)

    def _send_nmi(self) -> None:
        """Send one as soon as the guest's program waits for it."""
        if self._nmi_due and WAITING in self.guest.heard(f"{Verb.LIMITS}.err"):
            self.guest.nmi()
            self._nmi_due = False

    def _failed(self, error: BenchError) -> Failure:
        problem = error.problem
        if (self.guest.shared / STEP).exists() and Step.COMMAND in problem:
            asked = (answer_in(self.guest.shared, item) for item in self._commands)
            at = next((answer.command.text for answer in asked if answer.code is None), "")
            problem += f"; it was at: {at}" if at else ""
        return Failure(problem, error.detail, self._kept_console())

    def _kept_console(self) -> str:
        """The next step: the whole console, kept since the shared folder goes."""
        kept = cache_dir() / CONSOLES / f"{host_name(self.guest.image.name)}.log"
        kept.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(self.guest.shared / CONSOLE, kept)
        return f"The whole console is in {kept}"


def run_guests(
    jobs: Sequence[tuple[Image, Sequence[Command]]],
    folder: Path,
    *,
    size: Size,
    at_a_time: int,
    say: Say,
) -> Iterator[tuple[Image, Path, KernelAnswers]]:
    """Image, shared folder and answers of each guest, in the order in which they end.

    However this ends, no guest is left running.

    Raises:
        BenchError: virtme-ng or QEMU is not installed, or a program cannot be compiled.
    """
    waiting, running = list(enumerate(jobs)), dict[int, _Booted]()
    with ExitStack() as stack:
        while waiting or running:
            while waiting and len(running) < at_a_time:
                number, (image, commands) = waiting.pop(0)
                try:
                    boot = boot_of(image, say)
                except BenchError as error:
                    yield image, folder, _unbootable(image, error)
                    continue
                shared = folder / f"guest-{number}"
                shared.mkdir()
                guest = stack.enter_context(_guest(image, shared, size, boot))
                say(f"{image.name}: {image.source}, {guest.virtual}")
                running[number] = _Booted(guest, commands)
            for number, booted in list(running.items()):
                answers = booted.poll(size.timeout_s)
                if answers is not None:
                    booted.guest.close()
                    del running[number]
                    yield booted.guest.image, booted.guest.shared, answers
            time.sleep(POLL_S)


def _unbootable(image: Image, why: BenchError) -> KernelAnswers:
    failure = Failure(why.problem, remedy=why.remedy)
    return KernelAnswers("", virtualisation(machine=image.machine), (), failure)


def _guest(image: Image, shared: Path, size: Size, boot: Boot) -> Guest:
    return Guest(
        image,
        shared,
        cpus=size.cpus,
        memory_mib=size.memory_mib,
        parameters=size.parameters,
        boot=boot,
    )
