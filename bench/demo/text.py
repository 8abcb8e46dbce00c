"""What the demo shows beside the lines of its program, for a terminal."""

from __future__ import annotations

import errno

from rich.text import Text

from bench.demo.account import Summary, Venue
from bench.demo.lines import TimerFired
from bench.errors import errno_text, with_errno_name
from bench.units import format_duration
from bench.words.escape import printable
from bench.words.plurals import counted

_STYLES = {Venue.IDLE: "green", Venue.TASK: "cyan", Venue.KSOFTIRQD: "yellow"}
INDENT = " " * 4


def why(code: int) -> str:
    """Why an end of a connection got no timer."""
    meaning = "the map of 10 entries is full" if code == errno.E2BIG else errno_text(code)
    return f"this end got no timer: {with_errno_name(code, meaning)}"


def reading(event: TimerFired, venue: Venue) -> Text:
    """What the line of a callback shows without saying so."""
    where = {
        Venue.IDLE: f"over the idle task of CPU {event.line.cpu}",
        Venue.TASK: f"over task {printable(event.task)}, pid {event.pid}",
        Venue.KSOFTIRQD: f"in {printable(event.task)}",
    }
    late = f", {format_duration(event.late_ns)} late"
    return Text.assemble(INDENT, "ran ", (where[venue], _STYLES[venue]), late)


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
