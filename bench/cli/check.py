"""``bench check``: may a run that was measured elsewhere stand beside the published ones?"""

from __future__ import annotations

from pathlib import Path

import click

from bench.cli.common import json_option
from bench.cli.console import console, error_console, print_json
from bench.contribute.check import checked
from bench.contribute.disguise import Replaced, disguised, own_key, write
from bench.errors import UsageError, explained
from bench.exits import Exit
from bench.words.escape import printable
from bench.words.plurals import counted

MOST = 20
"""Findings that are shown, of however many; ``--json`` has all."""
SHOWN = 78
"""Characters of a value that is shown."""


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), metavar="RUN")
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="Write the run there, such as results/contributed, without what identifies its owner.",
)
@click.option("--yes", is_flag=True, help="Do not ask before it is written.")
@json_option
def check(folder: Path, *, output: Path | None, yes: bool, as_json: bool) -> int:
    """Check a run that is to be contributed, and replace what identifies its owner.

    Its files, ledgers, sums and definitions are checked, whether its code is known, and whether
    enough trials count. Host name, machine and boot become keyed hashes; the command line,
    addresses and paths are left out. All that is replaced is shown before anything is written.

    Exit code 1 if something is wrong with the run.
    """
    if not (folder / "run.json").exists():
        raise UsageError(f"{folder} holds no run", remedy="Name the folder of a run")
    run, found = checked(folder)
    replaced: list[Replaced] = []
    written = None
    if run is not None and not found:
        with explained(f"contribute {folder}", remedy="Choose another folder by --output"):
            header, records, replaced = disguised(run, own_key())
            if not as_json:
                _show(replaced)
            if output and (yes or click.confirm(f"Write it to {output}?", err=True)):
                written = write(output, header, records)
    if as_json:
        wrong = [{"place": f.place, "problem": f.problem} for f in found]
        changed = [{"place": r.place, "before": r.before, "after": r.after} for r in replaced]
        target = str(written) if written else None
        print_json({"findings": wrong, "replaced": changed, "written": target})
    else:
        for each in found[:MOST]:
            error_console().print(printable(str(each)), highlight=False, markup=False)
        _conclude(folder, len(found), written)
    return Exit.BAD if found else Exit.GOOD


def _show(replaced: list[Replaced]) -> None:
    """Each change once, with the first place and how many more there are."""
    places: dict[tuple[str, str], list[str]] = {}
    for each in replaced:
        places.setdefault((each.before, each.after), []).append(each.place)
    for (before, after), where in places.items():
        more = f" and {len(where) - 1} more" if where[1:] else ""
        pairs = enumerate(zip(before, after, strict=False))
        start = next((at for at, (one, other) in pairs if one != other), 0)
        line = f"{where[0]}{more}: {_about(before, start)} -> {_about(after, start)}"
        console().print(printable(line), highlight=False, markup=False)


def _about(text: str, at: int) -> str:
    """The text, or the part of it in which something changes."""
    if len(text) <= SHOWN:
        return text
    begin = max(0, at - SHOWN // 4)
    part = text[begin : begin + SHOWN]
    return f"{'...' if begin else ''}{part}{'...' if begin + SHOWN < len(text) else ''}"


def _conclude(folder: Path, wrong: int, written: Path | None) -> None:
    if wrong:
        error_console().print(f"{folder} is not taken: {counted(wrong, 'thing')} wrong with it")
    elif written:
        console().print(f"Written to {written}", highlight=False)
    else:
        console().print(f"{folder} can be contributed: --output results/contributed writes it")
