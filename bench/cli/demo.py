"""``bench demo``: the article's example, live."""

from __future__ import annotations

import errno
import os
from dataclasses import asdict
from typing import Any

import click
from rich.text import Text

from bench.cli.console import console, error_console, print_json
from bench.demo.account import Pair, Summary, Venue
from bench.demo.lines import Event, Lost, NewConnection, NoTimer, TimerFired, TraceLine
from bench.demo.program import DemoHook
from bench.demo.session import Done, show
from bench.errors import UsageError
from bench.exits import Exit, exit_of
from bench.host.exclusive import sole_measurement
from bench.host.privilege import require_bpf
from bench.units import format_duration
from bench.words.escape import printable
from bench.words.plurals import counted

CONNECTIONS = 4
_STYLES = {Venue.IDLE: "green", Venue.TASK: "cyan", Venue.KSOFTIRQD: "yellow"}
_INDENT = " " * 4


@click.command()
@click.option(
    "--hook",
    type=click.Choice([str(hook) for hook in DemoHook]),
    default=DemoHook.FENTRY.value,
    show_default=True,
    help="Where connections are met: as in the article, or at a tracepoint.",
)
@click.option(
    "--connections",
    type=click.IntRange(1, 100_000),
    metavar="N",
    help=f"Connections to make, over IPv4 and IPv6 in turn. [{CONNECTIONS}]",
)
@click.option("--wait", is_flag=True, help="Make none, show those of others, until Ctrl-C.")
@click.option(
    "--seconds", type=click.FloatRange(0, min_open=True), metavar="S", help="End --wait then."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document on stdout.")
def demo(
    *,
    hook: str,
    connections: int | None,
    wait: bool,
    seconds: float | None,
    as_json: bool,
) -> int:
    """Show one timer per new TCP connection, as the article does.

    A map of 10 entries, CLOCK_BOOTTIME, 100 ns. Each end of a connection gives two lines of
    trace_pipe; below the second one stands where the callback ran and how late it was.
    Exit code 1 if an end lacks a line, 4 if the kernel lost some.
    """
    if wait and connections is not None:
        raise UsageError("--connections with --wait", remedy="Leave one of them out")
    if seconds is not None and not wait:
        raise UsageError("--seconds without --wait", remedy="Add --wait, or leave it out")
    require_bpf()
    with sole_measurement():
        if wait and not as_json:
            error_console().print(f"Waiting for connections{_until(seconds)}.")
        done = show(
            DemoHook(hook),
            connections=None if wait else connections or CONNECTIONS,
            seconds=seconds,
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


def _until(seconds: float | None) -> str:
    return ", Ctrl-C ends it" if seconds is None else f" for {seconds:g} s"


def _silent(event: Event, pair: Pair | None) -> None:
    pass


def _print_event(event: Event, pair: Pair | None) -> None:
    if isinstance(event, Lost):
        console().print(Text(f"{_INDENT}{counted(event.count, 'line')} lost", style="bold red"))
        return
    console().print(Text(printable(event.line.raw)), soft_wrap=True)
    if isinstance(event, NoTimer):
        console().print(Text(_INDENT + _why(event.errno), style="bold red"), soft_wrap=True)
    elif isinstance(event, TimerFired) and pair is not None and pair.venue is not None:
        console().print(reading(event, pair.venue), soft_wrap=True)


def _why(code: int) -> str:
    name = errno.errorcode.get(code, str(code))
    meaning = "the map of 10 entries is full" if code == errno.E2BIG else os.strerror(code)
    return f"this end got no timer: {meaning} ({name})"


def reading(event: TimerFired, venue: Venue) -> Text:
    """What the line of a callback shows without saying so."""
    where = {
        Venue.IDLE: f"over the idle task of CPU {event.line.cpu}",
        Venue.TASK: f"over task {printable(event.task)}, pid {event.pid}",
        Venue.KSOFTIRQD: f"in {printable(event.task)}",
    }
    late = f", {format_duration(event.late_ns)} late"
    return Text.assemble(_INDENT, "ran ", (where[venue], _STYLES[venue]), late)


def _print_summary(done: Done) -> None:
    for version, reason in done.missing.items():
        error_console().print(f"No connections over IPv{version}: {reason}", markup=False)
    for line in summary_lines(done.summary):
        console().print(line, soft_wrap=True)


def summary_lines(summary: Summary) -> list[Text]:
    """Counts, venues and lateness; what went wrong, if anything did."""
    tally = summary.tally
    parts = [f"{counted(tally.met, 'end')} met", counted(tally.fired, "callback")]
    if summary.connections is not None:
        parts.insert(0, counted(summary.connections, "connection"))
    lines = [Text(", ".join(parts), style="bold")]
    if summary.lateness is not None:
        where = ", ".join(f"{count} {venue}" for venue, count in summary.by_venue.items())
        late = summary.lateness
        values = (late.min_ns, late.median_ns, late.max_ns)
        low, middle, high = (format_duration(value) for value in values)
        lines.append(Text(f"venue     {where}"))
        lines.append(Text(f"lateness  {low} at least, {middle} median, {high} at most"))
    troubles = (
        (tally.failed, "end got no timer", "ends got no timer"),
        (tally.uncollected, "entry could not be collected", "entries could not be collected"),
        (summary.lost_lines, "line lost", "lines lost"),
        (tally.met - summary.pairs, "end lacks a line", "ends lack a line"),
        (
            max(0, 2 * (summary.connections or 0) - tally.met),
            "end was not met",
            "ends were not met",
        ),
    )
    found = [counted(count, *words) for count, *words in troubles if count]
    lines += [Text(text, style="bold red") for text in found]
    if tally.init_retried:
        met = counted(tally.init_retried, "time")
        lines.append(Text(f"bpf_timer_init met ENOMEM {met}, and was retried"))
    return lines


def document(hook: str, done: Done) -> dict[str, Any]:
    """The one JSON document of ``--json``; times in ns."""
    ends = [{"id": number, **_end(pair)} for number, pair in sorted(done.account.ends.items())]
    summary = done.summary
    return {
        "hook": hook,
        "good": summary.good,
        "interrupted": done.interrupted,
        "connections": summary.connections,
        "missing_ip": {f"ipv{version}": why for version, why in done.missing.items()},
        "pairs": summary.pairs,
        "venue": summary.by_venue,
        "lateness": summary.lateness and asdict(summary.lateness),
        "lost_lines": summary.lost_lines,
        "tally": asdict(summary.tally),
        "ends": ends,
    }


def _end(pair: Pair) -> dict[str, Any]:
    return {
        "new_connection": pair.met and _met(pair.met),
        "timer_cb": pair.fired
        and {
            **_line(pair.fired.line),
            "late_ns": pair.fired.late_ns,
            "venue": pair.venue,
            "current_pid": pair.fired.pid,
            "current_task": pair.fired.task,
        },
        "errno": pair.errno and errno.errorcode.get(pair.errno, str(pair.errno)),
    }


def _met(event: NewConnection) -> dict[str, Any]:
    return {
        **_line(event.line),
        "ip": f"ipv{event.ip}",
        "side": event.side,
        "port": event.port,
        "peer_port": event.peer_port,
    }


def _line(line: TraceLine) -> dict[str, Any]:
    return {
        "task": line.task,
        "pid": line.pid,
        "cpu": line.cpu,
        "flags": line.flags,
        "t_ns": line.t_ns,
        "raw": line.raw,
    }
