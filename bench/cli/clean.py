"""``bench clean``: removes what interrupted runs, demos and guests left behind."""

from __future__ import annotations

from pathlib import Path

import click

from bench.clean.leftover import Leftover
from bench.clean.removal import Kept, found, removed
from bench.cli.common import json_option
from bench.cli.console import console, error_console, print_json
from bench.exits import exit_of
from bench.words.plurals import counted

STATE = Path("/var/lib/bpf-timer-bench")
"""Where roles keep what they changed, until playbooks/restore.yml puts it back."""


@click.command()
@click.option("--dry-run", is_flag=True, help="Only show what would be removed.")
@json_option
def clean(*, dry_run: bool, as_json: bool) -> int:
    """Remove what interrupted runs, demos and guests left on this host.

    Network namespaces, trace instances, processes of guests, temporary folders, half-written files
    of the cache, a lab that is half made. Each says which process made it; nothing is touched while
    that lives. Tuning and provisioning are put back by playbooks/restore.yml.

    Exit code 1 if --dry-run finds something, 4 if something cannot be removed.
    """
    leftovers = found()
    gone, kept = ([], []) if dry_run else removed(leftovers)
    if as_json:
        print_json(_document(leftovers if dry_run else gone, kept, dry_run=dry_run))
    else:
        _show(leftovers if dry_run else gone, kept, dry_run=dry_run)
    return exit_of(bad=dry_run and bool(leftovers), unanswered=bool(kept))


def _show(listed: list[Leftover], kept: list[Kept], *, dry_run: bool) -> None:
    for leftover in listed:
        console().print(f"{'would remove' if dry_run else 'removed'} {leftover}", highlight=False)
    for item in kept:
        error_console().print(f"cannot remove {item.leftover}: {item.why}", highlight=False)
    if not listed and not kept:
        console().print("Nothing was left behind.")
    if kept:
        error_console().print(f"{counted(len(kept), 'thing')} left; run bench clean as root")
    if STATE.is_dir() and any(STATE.iterdir()):
        error_console().print(
            f"{STATE} says that this host is provisioned or tuned: playbooks/restore.yml undoes it",
            highlight=False,
        )


def _document(listed: list[Leftover], kept: list[Kept], *, dry_run: bool) -> dict[str, object]:
    def row(leftover: Leftover) -> dict[str, object]:
        return {"kind": leftover.kind, "name": leftover.name, "pid": leftover.pid}

    return {
        "dry_run": dry_run,
        "found" if dry_run else "removed": [row(leftover) for leftover in listed],
        "kept": [row(item.leftover) | {"why": item.why} for item in kept],
        "provisioned": STATE.is_dir() and any(STATE.iterdir()),
    }
