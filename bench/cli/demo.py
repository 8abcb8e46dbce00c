"""``bench demo``: the article's example, live."""

from __future__ import annotations

import click
from rich.text import Text

from bench.clean.removal import clean_up
from bench.cli.common import json_option
from bench.cli.console import console, error_console, print_json, say
from bench.cli.renamed import Now, Renaming
from bench.cli.types import count, duration
from bench.demo.account import Pair, Summary
from bench.demo.document import document
from bench.demo.lines import Event, Lost, NoTimer, TimerFired
from bench.demo.program import DemoHook
from bench.demo.session import Done, show
from bench.demo.text import INDENT, reading, summary_lines, why
from bench.errors import UsageError
from bench.exits import Exit, exit_of
from bench.host.exclusive import sole_measurement
from bench.host.privilege import require_bpf
from bench.units import NS_PER_S, exact_duration
from bench.words.escape import printable
from bench.words.plurals import counted

CONNECTIONS = 4


@click.command(cls=Renaming, was={"--seconds": Now("--duration", "s")})
@click.option(
    "--hook",
    type=click.Choice([str(hook) for hook in DemoHook]),
    default=DemoHook.FENTRY.value,
    show_default=True,
    help="Where connections are met: as in the article, or at a tracepoint.",
)
@click.option(
    "--connections",
    type=count(most="100k"),
    metavar="N",
    help=f"Connections to make, over IPv4 and IPv6 in turn. [{CONNECTIONS}]",
)
@click.option("--wait", is_flag=True, help="Make none, show those of others, until Ctrl-C.")
@click.option(
    "--duration", "duration_ns", type=duration(), help="How long to --wait. [until Ctrl-C]"
)
@json_option
def demo(
    *,
    hook: str,
    connections: int | None,
    wait: bool,
    duration_ns: int | None,
    as_json: bool,
) -> int:
    """Show one timer per new TCP connection, as the article does.

    A map of 10 entries, CLOCK_BOOTTIME, 100 ns. Each end of a connection gives two lines of
    trace_pipe; below the second is where the callback ran and how late it was.
    Exit code 1 if an end lacks a line, 4 if the kernel lost some.
    """
    if wait and connections is not None:
        raise UsageError("--connections with --wait", remedy="Leave one of them out")
    if duration_ns is not None and not wait:
        raise UsageError("--duration without --wait", remedy="Add --wait, or leave it out")
    require_bpf()
    with sole_measurement():
        clean_up(say)
        if wait and not as_json:
            error_console().print(f"Waiting for connections{_until(duration_ns)}.")
        done = show(
            DemoHook(hook),
            connections=None if wait else connections or CONNECTIONS,
            seconds=None if duration_ns is None else duration_ns / NS_PER_S,
            listener=_silent if as_json else _print_event,
        )
    if as_json:
        print_json(document(hook, done))
    else:
        _print_summary(done)
    if done.interrupted and not wait:
        return Exit.INTERRUPTED
    return exit_code(done.summary)


def exit_code(summary: Summary) -> Exit:
    """An end that lacks a line is a finding, unless the kernel lost lines: then nobody knows."""
    lost = summary.lost_lines > 0
    return exit_of(bad=bool(summary.tally.failed) or not (summary.good or lost), unanswered=lost)


def _until(duration_ns: int | None) -> str:
    return ", Ctrl-C ends it" if duration_ns is None else f" for {exact_duration(duration_ns)}"


def _silent(event: Event, pair: Pair | None) -> None:
    pass


def _print_event(event: Event, pair: Pair | None) -> None:
    if isinstance(event, Lost):
        console().print(Text(f"{INDENT}{counted(event.count, 'line')} lost", style="bold red"))
        return
    console().print(Text(printable(event.line.raw)), soft_wrap=True)
    if isinstance(event, NoTimer):
        console().print(Text(INDENT + why(event.errno), style="bold red"), soft_wrap=True)
    elif isinstance(event, TimerFired) and pair is not None and pair.venue is not None:
        console().print(reading(event, pair.venue), soft_wrap=True)


def _print_summary(done: Done) -> None:
    for version, reason in done.missing.items():
        error_console().print(f"No connections over IPv{version}: {reason}", markup=False)
    for line in summary_lines(done.summary):
        console().print(line, soft_wrap=True)
