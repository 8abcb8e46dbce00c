"""``bench limits``: every documented restriction of bpf_timer, tried on this kernel."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import click

from bench.cli.common import json_option
from bench.cli.console import console, error_console, print_json
from bench.cli.ktap import deviations, ktap
from bench.cli.limits_table import markdown, print_rows
from bench.cli.renamed import Now, Renaming
from bench.cli.types import duration
from bench.errors import UsageError
from bench.exits import exit_of
from bench.host.exclusive import sole_measurement
from bench.host.privilege import require_bpf
from bench.limits.claim import ClaimRow
from bench.limits.lab import Lab, Options
from bench.limits.nmi import WAITING
from bench.limits.registry import chosen, claims_here, examine
from bench.units import NS_PER_S
from bench.words.claims import Verdict

FORMAT = 1


@click.command(cls=Renaming, was={"--wait-nmi": Now("--wait-nmi", "s")})
@json_option
@click.option("--markdown", "as_markdown", is_flag=True, help="Print Markdown on stdout.")
@click.option(
    "--ktap",
    "as_ktap",
    is_flag=True,
    help="Print KTAP for kernel CI: a row fails if it deviates from what is known.",
)
@click.option(
    "--only", multiple=True, metavar="GROUP|ID", help="Try these only; may be given repeatedly."
)
@click.option(
    "--wait-nmi",
    "wait_nmi_ns",
    type=duration("0"),
    default="0",
    metavar="DURATION",
    help="Wait this long for an NMI that somebody sends, such as QEMU's monitor. [0]",
)
@click.option(
    "--send-nmi",
    is_flag=True,
    help="Make NMIs by SysRq l, which writes backtraces of all CPUs to the kernel's log.",
)
def limits(
    *,
    as_json: bool,
    as_markdown: bool,
    as_ktap: bool,
    only: Sequence[str],
    wait_nmi_ns: int,
    send_nmi: bool,
) -> int:
    """Try every documented restriction of bpf_timer on the running kernel.

    Each row is a claim, who makes it, how it was tried, what the kernel answered, and
    whether the claim holds. Attempts that crash or hang some kernels are not made there.

    Exit code 4 if none of them can be tried here; with --ktap 1 if a row fails.
    """
    if as_json + as_markdown + as_ktap > 1:
        shown = "--json, --markdown and --ktap exclude each other"
        raise UsageError(shown, remedy="Give one of them")
    require_bpf()
    with sole_measurement():
        options = Options(
            wait_nmi_s=wait_nmi_ns / NS_PER_S, send_nmi=send_nmi, on_wait=_say_waiting
        )
        rows = _rows(only, options)
    release = os.uname().release
    if as_json:
        print_json(document(rows, release))
    elif as_ktap:
        click.echo(ktap(rows, release), nl=False)
    elif as_markdown:
        click.echo(markdown(rows, release), nl=False)
    else:
        print_rows(console(), rows, release)
    bad = as_ktap and bool(deviations(rows, release))
    return exit_of(bad=bad, unanswered=all(row.verdict is Verdict.UNTRIED for row in rows))


def _say_waiting() -> None:
    error_console().print(WAITING)


def _rows(only: Sequence[str], options: Options) -> list[ClaimRow]:
    selected = chosen(claims_here(), only)
    screen = error_console()
    with screen.status("Trying ...") as status, Lab(options) as lab:
        return examine(selected, lab, lambda claim: status.update(f"Trying {claim.id}"))


def document(rows: Sequence[ClaimRow], release: str) -> dict[str, Any]:
    """The JSON document: the same for the same kernel, so that two can be compared."""
    counts = Counter(row.verdict for row in rows)
    return {
        "format": FORMAT,
        "kernel": release,
        "verdicts": {verdict: counts[verdict] for verdict in Verdict},
        "rows": [asdict(row) for row in rows],
    }
