"""``bench watch``: how late, how often and over what the bpf_timers of this host fire."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.live import Live
from rich.text import Text

from bench.campaign.recording import Recorder
from bench.cli.common import json_option
from bench.cli.console import console, print_json, say
from bench.cli.types import count, duration
from bench.cli.watch_live import live_view
from bench.cli.watch_recording import check_lasting, recorder
from bench.cli.watch_screen import own_line, print_lines, screen
from bench.errors import UsageError, explained, quoted
from bench.exits import Exit
from bench.host.exclusive import measuring
from bench.host.privilege import require_bpf
from bench.watch.answer import Asked, answer
from bench.watch.census import TimerMap
from bench.watch.choice import is_meant, is_program
from bench.watch.document import WatchDocument, plain
from bench.watch.export import write_openmetrics
from bench.watch.loop import intervals, sleep_until
from bench.watch.session import Seen, Watch
from bench.watch.switches import Switches

Show = Callable[[WatchDocument], None]
Pause = Callable[[int], None]


@click.command()
@click.option(
    "--map", "wanted", metavar="ID|NAME|PIN", help="Only this map, or all maps of this name."
)
@click.option("--prog", metavar="ID|NAME", help="Only callbacks of this program.")
@click.option("--pid", type=int, metavar="PID", help="Only maps that this process holds.")
@click.option(
    "--duration", "duration_ns", type=duration("100ms", "30d"), help="How long. [until Ctrl-C]"
)
@click.option(
    "--interval",
    "interval_ns",
    type=duration("100ms", "1m"),
    default="1s",
    help="Time between two answers. [1s]",
)
@click.option("--starts", is_flag=True, help="Count starts, push-backs and cancels, too.")
@click.option("--runs", is_flag=True, help="Take the run time of each callback, too.")
@click.option(
    "--requests", is_flag=True, help="Take how far ahead timers are asked for, where fentry loads."
)
@click.option("--armed", is_flag=True, help="Count the armed timers at each interval, too.")
@click.option(
    "--sample",
    type=count(most="1M"),
    default="1",
    metavar="N",
    help="Record the lateness of one callback in N only; all are counted. [1]",
)
@click.option("--stream", is_flag=True, help="Print a line of JSON for each interval on stdout.")
@click.option(
    "--openmetrics",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write all counters since the begin to FILE at each interval.",
)
@click.option(
    "--results",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Record a run folder in DIR, for report, export and publish.",
)
@json_option
def watch(
    *,
    wanted: str | None,
    prog: str | None,
    pid: int | None,
    duration_ns: int | None,
    interval_ns: int,
    starts: bool,
    runs: bool,
    requests: bool,
    armed: bool,
    sample: int,
    stream: bool,
    openmetrics: Path | None,
    results: Path | None,
    as_json: bool,
) -> int:
    """Watch the bpf_timers of this host, without touching the programs that armed them.

    For each map and callback: how often it fires, how late (when the kernel is about to call
    the callback, less the programmed expiry), and over what it ran. What watching itself costs
    is measured here and stated in the last line. --json gives one document at the end.

    Exit code 4 if no timer that was asked for fired.
    """
    _check_one_output(as_json=as_json, stream=stream)
    check_lasting(duration_ns, results)
    require_bpf()
    _warn_of_measurement()
    switches = Switches(starts=starts, runs=runs, requests=requests, sample=sample)
    with explained("watch this host"), Watch(switches, count_armed=armed) as watched:
        asked = Asked(
            kernel=os.uname().release,
            begun=datetime.now(UTC).isoformat(timespec="seconds"),
            switches=watched.hooks.switches,
            requests_refused=watched.hooks.requests_refused,
            count_armed=armed,
            memory_bytes=watched.hooks.memory_bytes,
            wanted=lambda table, seen: _is_meant(table, seen, wanted, pid),
            program=lambda number, name: is_program(number, name, prog),
        )
        _say_missing(watched, wanted)
        record = recorder(results, watched.hooks.switches, interval_ns, duration_ns)
        whole: Seen | None = None
        try:
            with _shown(as_json=as_json, stream=stream) as (show, pause):
                for seen in intervals(watched, interval_ns, duration_ns, pause):
                    whole = seen if whole is None else whole + seen
                    if not as_json:
                        show(answer(seen, asked, watched.names))
                    if openmetrics:
                        write_openmetrics(openmetrics, whole, watched.names)
                    if record is not None and record.add(seen):
                        record.keep(answer(whole, asked, watched.names))
        finally:
            document = None if whole is None else answer(whole, asked, watched.names)
            _keep(record, document)
    assert document is not None
    _print_end(document, as_json=as_json, stream=stream)
    return _exit(document)


def _check_one_output(*, as_json: bool, stream: bool) -> None:
    if as_json and stream:
        raise UsageError("--json and --stream exclude each other", remedy="Give one of them")


def _print_end(document: WatchDocument, *, as_json: bool, stream: bool) -> None:
    if as_json:
        print_json(plain(document))
    elif not stream:
        console().print(Text(own_line(document)), soft_wrap=True)


def _is_meant(table: TimerMap, seen: Seen, wanted: str | None, pid: int | None) -> bool:
    held = (holder.pid for holder in seen.holders.get(table.id, ()))
    return is_meant(table, wanted) and (pid is None or pid in held)


def _keep(record: Recorder | None, document: WatchDocument | None) -> None:
    """Write what was recorded; of one that was interrupted, what came first."""
    if record is not None and document is not None:
        say(f"Recorded: {record.finish(document)}")


def _exit(document: WatchDocument) -> Exit:
    fired = any(found.fired for found in document.maps) or document.other
    return Exit.GOOD if fired else Exit.UNANSWERED


def _say_missing(watched: Watch, wanted: str | None) -> None:
    """What there is not: maps, what the kernel refuses."""
    maps = watched.maps().values()
    if not maps:
        say("No map on this host can hold a bpf_timer now; waiting for one.")
    elif not any(is_meant(table, wanted) for table in maps):
        say(f"No map with timers is {quoted(wanted)} now; waiting for one.")

    if watched.hooks.refused is not None:
        say(f"Raw tracepoints are used, which cost more: {watched.hooks.refused}")
    if watched.hooks.requests_refused is not None:
        say(f"When timers were asked for is unknown: {watched.hooks.requests_refused}")


def _warn_of_measurement() -> None:
    holder = measuring()
    if holder is not None:
        say("A measurement runs on this host: watching adds its own cost to each callback of it.")


@contextmanager
def _shown(*, as_json: bool, stream: bool) -> Iterator[tuple[Show, Pause]]:
    """How each interval is shown, and what waits for the next."""
    if stream:
        yield _stream, sleep_until
    elif as_json or not console().is_terminal:
        yield (lambda document: print_lines(console(), document)), sleep_until
    elif not sys.stdin.isatty():
        with Live(console=console(), auto_refresh=False) as live:
            yield (lambda document: live.update(screen(document), refresh=True)), sleep_until
    else:
        with live_view(console()) as view:
            yield view.show, view.pause


def _stream(document: WatchDocument) -> None:
    sys.stdout.write(json.dumps(plain(document), ensure_ascii=False) + "\n")
    sys.stdout.flush()
