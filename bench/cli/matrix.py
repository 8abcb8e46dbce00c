"""``bench matrix``: the same commands on several kernels, their answers side by side."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import click

from bench.clean.removal import clean_up
from bench.cli.common import bisect_option, json_option, output_option, results_option
from bench.cli.console import console, print_json, say, show_error
from bench.cli.kernel_list import show_kernels
from bench.cli.matrix_table import print_matrix
from bench.cli.renamed import Now, Renaming
from bench.cli.types import duration, size
from bench.errors import BenchError, UsageError
from bench.exits import exit_of
from bench.guest.images import Image, image
from bench.guest.machine import CPUS, MEMORY_MIB
from bench.host.privilege import require_bpf
from bench.matrix.commands import parse
from bench.matrix.document import document
from bench.matrix.guests import Size
from bench.matrix.host import NAME as HOST
from bench.matrix.html import html
from bench.matrix.instructions import Instructions, read_instructions
from bench.matrix.markdown import markdown
from bench.matrix.running import MIB, examined
from bench.matrix.table import Matrix
from bench.store import check_writable, write_atomically
from bench.units import NS_PER_S

FILES = ("matrix.json", "matrix.md", "matrix.html")
BYTES = 4 * MIB
"""Space that the files take at most, in ordinary cases."""


@click.command(
    cls=Renaming,
    was={
        "--out": Now("--output"),
        "--timeout": Now("--timeout", "s"),
        "--memory": Now("--memory", "MiB"),
    },
)
@click.option(
    "--kernel",
    "kernels",
    multiple=True,
    metavar="KERNEL",
    help="debian:6.12, debian:7.3-rt, debian:6.12/arm64, the path of a bzImage or of a build "
    "tree, or host; give several. NAME=PATH gives it a short name.",
)
@click.option(
    "--list", "as_list", is_flag=True, help="List Debian's kernels, and which can be had."
)
@output_option(f"Write {', '.join(FILES)} there.")
@results_option("Folder for the run folders of -- run.")
@click.option(
    "--timeout",
    "timeout_ns",
    type=duration(),
    default="15m",
    show_default=True,
    metavar="DURATION",
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
    "memory_bytes",
    type=size("512MiB"),
    default=f"{MEMORY_MIB}MiB",
    show_default=True,
    metavar="SIZE",
    help="Memory of each guest.",
)
@click.option(
    "--continue",
    "resume",
    is_flag=True,
    help="Run only what is missing of an interrupted matrix.",
)
@click.option(
    "--table",
    "tables",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A table of bench instructions that matrix.html shows; give several.",
)
@click.option("--all", "everything", is_flag=True, help="Print all claims, not only the changed.")
@bisect_option
@json_option
@click.argument("command", nargs=-1, type=click.UNPROCESSED)
def matrix(
    *,
    kernels: Sequence[str],
    output: Path | None,
    results: Path,
    timeout_ns: int,
    jobs: int | None,
    cpus: int,
    memory_bytes: int,
    as_list: bool,
    resume: bool,
    tables: Sequence[Path],
    everything: bool,
    as_json: bool,
    command: Sequence[str],
) -> int:
    """Run commands on several kernels and put their answers side by side.

    Kernels other than the host's run in virtual machines. Commands follow --, with + between
    them; each kernel is booted once. The default is limits. run may come several times.

    \b
    bench matrix --kernel host --kernel debian:6.1 --kernel debian:6.12
    bench matrix --kernel debian:6.12 --kernel debian:6.12-rt -- limits + demo
    bench matrix --kernel ./bzImage -- run --program tcp --timeout 1ms --observer none

    Exit code 1 if an answer differs from what is known of such a kernel, 4 if one gave none.
    """
    if as_list:
        return show_kernels(as_json=as_json)
    commands = parse(command)
    counted_of = _counted(tables, output)
    size = Size(cpus=cpus, memory_mib=memory_bytes // MIB, timeout_s=timeout_ns / NS_PER_S)
    targets = _targets(kernels)
    if output is not None:
        check_writable(output, BYTES)
    clean_up(say)
    made = examined(targets, commands, size, jobs=jobs, results=results, resume=resume, say=say)
    if output is not None:
        _write(made, counted_of, output)
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
    if HOST in kernels:
        require_bpf()
    found = [None if name == HOST else image(name, say, foreign=True) for name in kernels]
    names = [HOST if target is None else target.name for target in found]
    if len(set(names)) < len(names):
        raise UsageError("a kernel is given twice", remedy="Give each kernel once, or NAME=PATH")
    return found


def _counted(tables: Sequence[Path], output: Path | None) -> Instructions | None:
    if not tables:
        return None
    if output is None:
        raise UsageError("--table has no page to go into", remedy="Add --output FOLDER")
    return read_instructions(tables, output)


def _write(made: Matrix, counted_of: Instructions | None, out: Path) -> None:
    as_json = json.dumps(document(made), indent=2, ensure_ascii=False) + "\n"
    texts = (as_json, markdown(made), html(made, counted_of))
    for name, text in zip(FILES, texts, strict=True):
        write_atomically(out / name, text.encode())
    say(f"Written: {', '.join(str(out / name) for name in FILES)}")
