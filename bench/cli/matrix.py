"""``bench matrix``: the same commands on several kernels, their answers side by side."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

import click

from bench.cli.console import console, error_console, print_json, show_error
from bench.cli.matrix_table import print_matrix
from bench.errors import BenchError, UsageError, explained
from bench.exits import exit_of
from bench.guest.images import Image, image
from bench.guest.machine import CPUS, MEMORY_MIB
from bench.guest.virtual import virtualisation
from bench.host import memory
from bench.host.cpus import find_cpus
from bench.host.privilege import require_bpf
from bench.matrix.answers import KernelAnswers
from bench.matrix.assembly import Heard, assembled
from bench.matrix.commands import Command, Verb, parse
from bench.matrix.document import document
from bench.matrix.guests import Size, run_guests
from bench.matrix.host import NAME as HOST
from bench.matrix.host import run_here
from bench.matrix.html import html
from bench.matrix.markdown import markdown
from bench.matrix.share import guests_at_a_time
from bench.matrix.table import Matrix
from bench.record import Virtual
from bench.store import check_writable, write_atomically

TIMEOUT_S = 900.0
FILES = ("matrix.json", "matrix.md", "matrix.html")
MIB = 1 << 20
BYTES = 4 * MIB
"""Space that the files take at most, in ordinary cases."""


@click.command()
@click.option(
    "--kernel",
    "kernels",
    multiple=True,
    metavar="KERNEL",
    help="debian:6.12, debian:6.12-rt, the path of a bzImage, or host; give several.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help=f"Write {', '.join(FILES)} there.",
)
@click.option(
    "--results",
    type=click.Path(path_type=Path),
    default=Path("results"),
    show_default=True,
    help="Folder for the run folders of -- run.",
)
@click.option(
    "--timeout",
    type=click.FloatRange(0, min_open=True),
    default=TIMEOUT_S,
    show_default=True,
    metavar="SECONDS",
    help="Time for each kernel: boot and all commands.",
)
@click.option("--jobs", type=click.IntRange(1), metavar="N", help="Guests at a time. [by CPUs]")
@click.option(
    "--cpus",
    type=click.IntRange(1),
    default=CPUS,
    show_default=True,
    metavar="N",
    help="CPUs of each guest; some claims need two.",
)
@click.option(
    "--memory",
    "memory_mib",
    type=click.IntRange(512),
    default=MEMORY_MIB,
    show_default=True,
    metavar="MIB",
    help="Memory of each guest.",
)
@click.option("--all", "everything", is_flag=True, help="Print all claims, not only the changed.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document on stdout.")
@click.argument("command", nargs=-1, type=click.UNPROCESSED)
def matrix(
    *,
    kernels: Sequence[str],
    out: Path | None,
    results: Path,
    timeout: float,
    jobs: int | None,
    cpus: int,
    memory_mib: int,
    everything: bool,
    as_json: bool,
    command: Sequence[str],
) -> int:
    """Run commands on several kernels and put their answers side by side.

    Other kernels than the host's run in virtual machines. The commands stand behind --, with +
    between several; each kernel is booted once. The default is limits.

    \b
    bench matrix --kernel host --kernel debian:6.1 --kernel debian:6.12
    bench matrix --kernel debian:6.12 --kernel debian:6.12-rt -- limits + demo
    bench matrix --kernel ./bzImage -- run --program tcp --timeout 1ms --observer none

    Exit code 1 if an answer differs from what is known of such a kernel, 4 if one gave none.
    """
    commands = parse(command)
    size = Size(cpus=cpus, memory_mib=memory_mib, timeout_s=timeout)
    targets = _targets(kernels)
    if out is not None:
        check_writable(out, BYTES)
    made = _examined(targets, commands, size, jobs=jobs, results=results)
    if out is not None:
        _write(made, out)
    if as_json:
        print_json(document(made))
    else:
        print_matrix(console(), made, everything=everything)
    for column in made.columns:
        if column.failure is not None:
            why = column.failure
            show_error(BenchError(why.problem, remedy=why.remedy, detail=why.detail))
    failed = any(column.failure is not None for column in made.columns)
    return exit_of(bad=bool(made.findings), unanswered=failed)


def _targets(kernels: Sequence[str]) -> list[Image | None]:
    """An image for each kernel, None for the host."""
    if not kernels:
        raise UsageError("no kernel given", remedy="Add --kernel host --kernel debian:6.12")
    if len(set(kernels)) < len(kernels):
        raise UsageError("a kernel is given twice", remedy="Give each kernel once")
    if HOST in kernels:
        require_bpf()
    return [None if name == HOST else image(name) for name in kernels]


def _examined(
    targets: Sequence[Image | None],
    commands: Sequence[Command],
    size: Size,
    *,
    jobs: int | None,
    results: Path,
) -> Matrix:
    images = [target for target in targets if target is not None]
    at_a_time = _at_a_time(len(images), size, jobs)
    told: dict[str, KernelAnswers] = {}
    folder = Path(tempfile.mkdtemp(prefix="bench-matrix-"))
    try:
        if None in targets:
            _say(f"{HOST}: {os.uname().release}")
            told[HOST] = run_here(commands, folder, size.timeout_s)
            _keep_runs(folder, commands, results)
        guests = run_guests(images, commands, folder, size=size, at_a_time=at_a_time, say=_say)
        for target, shared, found in guests:
            _say(f"{target.name}: {'failed' if found.failure else 'done'}")
            told[target.name] = found
            _keep_runs(shared, commands, results)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    heard: list[Heard] = [
        (target.name, target.source, told[target.name]) if target else (HOST, "", told[HOST])
        for target in targets
    ]
    return assembled(commands, heard)


def _at_a_time(wanted: int, size: Size, jobs: int | None) -> int:
    if not wanted:
        return 1
    if virtualisation() is Virtual.EMULATED:
        _say("KVM cannot be used here: guests are emulated, and their times are no measurement")
    return guests_at_a_time(
        wanted,
        cpus=len(find_cpus().usable),
        available_mib=memory.available().size_bytes // MIB,
        guest_cpus=size.cpus,
        guest_mib=size.memory_mib,
        jobs=jobs,
    )


def _say(text: str) -> None:
    error_console().print(text, markup=False, soft_wrap=True)


def _keep_runs(folder: Path, commands: Sequence[Command], results: Path) -> None:
    """Move run folders out of the folder that will be removed."""
    if not any(command.verb is Verb.RUN for command in commands):
        return
    for run in sorted((folder / "results").glob("*/run.json")):
        target = results / run.parent.name
        with explained(f"keep a guest's run in {results}", remedy="Choose another --results"):
            results.mkdir(parents=True, exist_ok=True)
            shutil.move(run.parent, target)
        _say(f"Run: {target}")


def _write(made: Matrix, out: Path) -> None:
    as_json = json.dumps(document(made), indent=2, ensure_ascii=False) + "\n"
    texts = (as_json, markdown(made), html(made))
    for name, text in zip(FILES, texts, strict=True):
        write_atomically(out / name, text.encode())
    _say(f"Written: {', '.join(str(out / name) for name in FILES)}")
