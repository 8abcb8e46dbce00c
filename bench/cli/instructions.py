"""``bench instructions``: what the kernel executes for each operation, exactly."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from bench.clean.removal import clean_up
from bench.cli.common import bisect_option, json_option, output_option
from bench.cli.console import console, print_json, say
from bench.cli.instructions_table import print_differences, print_tables
from bench.cli.types import SHARE_OR_NONE, duration
from bench.errors import UsageError
from bench.exits import exit_of
from bench.guest.images import image
from bench.instructions import words
from bench.instructions.against import Difference, differences, grown, same_identity, unanswered
from bench.instructions.files import COMPARISON, file_name, folded_file, table_file
from bench.instructions.markdown import markdown
from bench.instructions.running import made_before, table_of
from bench.instructions.scenario import POPULATIONS, script
from bench.instructions.table import Table, plain, read_table
from bench.store import check_writable, write_atomically
from bench.units import NS_PER_S

BYTES = 8 << 20
"""Space that the files take at most, in ordinary cases."""


@click.command()
@click.option(
    "--kernel",
    "kernels",
    multiple=True,
    metavar="KERNEL",
    help="debian:6.12, the path of a bzImage or of a build tree, NAME=PATH; give several.",
)
@click.option(
    "--table",
    "tables",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A table made before, beside or instead of kernels.",
)
@click.option(
    "--against",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A table to hold each kernel against.",
)
@click.option(
    "--limit",
    type=SHARE_OR_NONE,
    default="3%",
    show_default=True,
    metavar="SHARE",
    help="By how much an operation may grow over --against.",
)
@click.option(
    "--queued",
    type=click.IntRange(1),
    default=POPULATIONS[-1],
    show_default=True,
    metavar="N",
    help="The most timers in the queue: of 1, 1,000 and 100,000 those up to this.",
)
@click.option(
    "--mitigations",
    type=click.Choice(["auto", "off"]),
    default="auto",
    show_default=True,
    help="Those of the guest's kernel; part of what a figure is of.",
)
@output_option("Write a table and folded stacks for each kernel there, and comparison.md.")
@click.option(
    "--timeout",
    "timeout_ns",
    type=duration(),
    default="10m",
    show_default=True,
    metavar="DURATION",
    help="Time for each boot.",
)
@click.option("--ktap", "as_ktap", is_flag=True, help="Print the verdicts of --against as KTAP.")
@bisect_option
@json_option
def instructions(
    *,
    kernels: Sequence[str],
    tables: Sequence[Path],
    against: Path | None,
    limit: float,
    queued: int,
    mitigations: str,
    output: Path | None,
    timeout_ns: int,
    as_ktap: bool,
    as_json: bool,
) -> int:
    """Count what the kernel executes for each operation on a timer, by function.

    Each kernel is booted three times in an emulated guest of one CPU, once while the host is
    busy; a figure is printed only if all three took the same paths. Instructions are no time.
    Tables that --output has already are not made again.

    \b
    bench instructions --kernel debian:6.1 --kernel debian:6.12 --output results/instructions
    bench instructions --kernel ./bzImage --against results/instructions/FILE.json --limit 3%
    git bisect run sh -c 'make || exit 125; bench instructions --kernel . --against FILE --bisect'

    Exit code 1 if an operation takes more instructions than --limit allows, 4 if one that was exact
    cannot be compared, or the tables are of different identity.
    """
    _refuse(kernels, tables, against, as_ktap=as_ktap, as_json=as_json)
    base = read_table(against) if against else None
    made = [read_table(path) for path in tables]
    if kernels:
        if output is not None:
            check_writable(output, BYTES)
        clean_up(say)
    scenarios = script(tuple(n for n in POPULATIONS if n <= queued))
    parameters = [f"mitigations={mitigations}"]
    for name in kernels:
        kernel = image(name, say)
        table = made_before(output, kernel, scenarios, parameters) if output else None
        if table is None:
            timeout_s = timeout_ns / NS_PER_S
            table = table_of(kernel, scenarios, parameters=parameters, timeout_s=timeout_s, say=say)
            if output is not None:
                _write(table, output)
        else:
            say(f"{name}: its table is there, {file_name(table)}")
        made.append(table)
    for table in made[1:]:
        same_identity(made[0], table)
    if output is not None:
        write_atomically(output / COMPARISON, markdown(made).encode())
    found = [differences(base, table, limit) for table in made] if base else []
    _show(made, found, limit, as_json=as_json, as_ktap=as_ktap)
    return exit_of(
        bad=any(grown(each) for each in found),
        unanswered=any(unanswered(each) for each in found),
    )


def _refuse(
    kernels: Sequence[str],
    tables: Sequence[Path],
    against: Path | None,
    *,
    as_ktap: bool,
    as_json: bool,
) -> None:
    if not kernels and not tables:
        raise UsageError("no kernel given", remedy="Add --kernel debian:6.12")
    if len(set(kernels)) < len(kernels):
        raise UsageError("a kernel is given twice", remedy="Give each kernel once")
    if as_ktap and against is None:
        raise UsageError("--ktap has no verdicts to print", remedy="Add --against FILE")
    if as_ktap and as_json:
        raise UsageError("--ktap and --json are two forms of stdout", remedy="Give one of them")


def _write(table: Table, folder: Path) -> None:
    file = table_file(folder, table)
    text = json.dumps(plain(table), indent=1, ensure_ascii=False) + "\n"
    write_atomically(file, text.encode())
    stacks = [line for row in table.rows for line in words.folded(row)]
    write_atomically(folded_file(folder, table), ("\n".join(stacks) + "\n").encode())
    say(f"Written: {file}")


def _show(
    made: Sequence[Table],
    found: Sequence[Sequence[Difference]],
    limit: float,
    *,
    as_json: bool,
    as_ktap: bool,
) -> None:
    if as_json:
        print_json(_document(made, found, limit))
    elif as_ktap:
        for each in found:
            click.echo(words.ktap(each), nl=False)
    else:
        print_tables(console(), made)
        for each in found:
            print_differences(console(), each, limit)


def _document(
    made: Sequence[Table], found: Sequence[Sequence[Difference]], limit: float
) -> dict[str, Any]:
    verdicts = [[asdict(item) | {"change": item.change} for item in each] for each in found]
    return {
        "format": 1,
        "tables": [plain(table) for table in made],
        "limit": limit if found else None,
        "differences": verdicts,
        "good": not any(grown(each) or unanswered(each) for each in found),
    }
