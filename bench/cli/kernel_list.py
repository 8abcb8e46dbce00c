"""``bench matrix --list``: kernels of Debian's suites, and which of them can be had."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.text import Text

from bench.cli.console import console, print_json, say
from bench.exits import Exit
from bench.guest.apt import Archive
from bench.guest.architecture import here
from bench.guest.fetching import MIB, folder_of
from bench.guest.packages import Kernel, Wanted, newest
from bench.report.sheet import Column, print_sheet
from bench.words.escape import printable

FORMAT = 1
TITLES = ("--kernel", "package", "state")


def show_kernels(*, as_json: bool) -> int:
    """Print the newest kernel of each version and flavour.

    Raises:
        BenchError: The lists of packages cannot be fetched.
    """
    archive = Archive(here(), say)
    with archive.locked():
        kernels = latest(archive.kernels())
    if as_json:
        print_json({"format": FORMAT, "kernels": [_document(kernel) for kernel in kernels]})
        return Exit.GOOD
    cells = [(kernel.series.name, kernel.source, state(kernel)) for kernel in kernels]
    rows = [[Text(printable(cell)) for cell in row] for row in cells]
    print_sheet(console(), [Column(title) for title in TITLES], rows)
    return Exit.GOOD


def latest(known: Sequence[Kernel]) -> list[Kernel]:
    """The newest of each version and flavour, from old to new; one that can be had goes first."""
    series = sorted({kernel.series for kernel in known}, key=_age)
    found = (newest(known, wanted) for wanted in series)
    return [kernel for kernel in found if kernel is not None]


def _age(wanted: Wanted) -> tuple[list[int], str]:
    return [int(part) for part in wanted.version.split(".")], wanted.flavour


def state(kernel: Kernel) -> str:
    """Whether it is here, can be fetched, or why not."""
    if kernel.missing:
        return f"cannot be had: no suite has {', '.join(kernel.missing)}"
    if folder_of(kernel).is_dir():
        return "fetched"
    return f"{kernel.size_bytes // MIB} MiB to fetch"


def _document(kernel: Kernel) -> dict[str, Any]:
    return {
        "kernel": kernel.series.name,
        "package": kernel.package,
        "version": kernel.version,
        "source": kernel.source,
        "size_bytes": kernel.size_bytes,
        "fetched": folder_of(kernel).is_dir(),
        "missing": list(kernel.missing),
    }
