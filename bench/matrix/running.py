"""Commands on several kernels, one after another here and side by side in guests."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from bench.errors import explained
from bench.guest.images import Image
from bench.guest.virtual import virtualisation
from bench.host import memory
from bench.host.cpus import find_cpus
from bench.host.owner import scratch
from bench.matrix.answers import KernelAnswers
from bench.matrix.assembly import Heard, assembled
from bench.matrix.commands import Command, Verb
from bench.matrix.guests import Size, run_guests
from bench.matrix.host import NAME as HOST
from bench.matrix.host import run_here
from bench.matrix.kept import Kept
from bench.matrix.share import guests_at_a_time
from bench.matrix.table import Matrix
from bench.record import Virtual

MIB = 1 << 20
Say = Callable[[str], None]


def examined(
    targets: Sequence[Image | None],
    commands: Sequence[Command],
    size: Size,
    *,
    jobs: int | None,
    results: Path,
    resume: bool,
    say: Say,
) -> Matrix:
    """Run the commands on each kernel, and put their answers together.

    Args:
        targets: An image for each kernel, None for the host.
        commands: In their order; each kernel is booted once.
        size: Of each guest.
        jobs: Guests at a time; None = as many as fit.
        results: Where run folders go.
        resume: Take answers that an interrupted matrix of this bench left.
        say: Is answered how it goes on, a line at a time.
    """
    kept = {name: Kept.of(kernel, resume=resume) for name, kernel in map(_named, targets)}
    images = [target for target in targets if target is not None]
    due = [(image, kept[image.name].missing(commands)) for image in images]
    due = [(image, missing) for image, missing in due if missing]
    at_a_time = _at_a_time(len(due), size, jobs, say)
    fresh: dict[str, KernelAnswers] = {}
    folder = scratch("matrix")
    try:
        if None in targets and (missing := kept[HOST].missing(commands)):
            say(f"{HOST}: {os.uname().release}")
            fresh[HOST] = run_here(missing, folder, size.timeout_s)
            kept[HOST].keep(fresh[HOST], folder)
            _keep_runs(folder, commands, results, say)
        guests = run_guests(due, folder, size=size, at_a_time=at_a_time, say=say)
        for target, shared, found in guests:
            say(f"{target.name}: {'failed' if found.failure else 'done'}")
            fresh[target.name] = found
            kept[target.name].keep(found, shared)
            _keep_runs(shared, commands, results, say)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    heard: list[Heard] = []
    for asked in targets:
        name, _ = _named(asked)
        source, arch = (asked.source, asked.arch) if asked else ("", "")
        answers = kept[name].joined(commands, fresh.get(name))
        heard.append((name, source, replace(answers, arch=arch)))
    return assembled(commands, heard)


def _named(target: Image | None) -> tuple[str, str]:
    """How a kernel is called, and which one it is."""
    return (target.name, target.identity) if target else (HOST, os.uname().release)


def _at_a_time(wanted: int, size: Size, jobs: int | None, say: Say) -> int:
    if not wanted:
        return 1
    if virtualisation() is Virtual.EMULATED:
        say("KVM cannot be used here: guests are emulated, and their times are no measurement")
    return guests_at_a_time(
        wanted,
        cpus=len(find_cpus().usable),
        available_mib=memory.available().size_bytes // MIB,
        guest_cpus=size.cpus,
        guest_mib=size.memory_mib,
        jobs=jobs,
    )


def _keep_runs(folder: Path, commands: Sequence[Command], results: Path, say: Say) -> None:
    """Move run folders out of the folder that will be removed."""
    if not any(command.verb is Verb.RUN for command in commands):
        return
    for run in sorted((folder / "results").glob("*/run.json")):
        target = results / run.parent.name
        with explained(f"keep a guest's run in {results}", remedy="Choose another --results"):
            results.mkdir(parents=True, exist_ok=True)
            shutil.move(run.parent, target)
        say(f"Run: {target}")
