"""Lines of ``trace_pipe``, and what the demo's program prints into them.

Source of the layout: ``Documentation/trace/ftrace.rst`` ("Latency trace format" explains the
flags) and ``trace_print_context()`` of ``kernel/trace/trace_output.c``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from bench.units import NS_PER_S

_LINE = re.compile(
    r"\s*(?P<task>.*)-(?P<pid>\d+)\s+(?:\(\s*[\d-]+\)\s+)?\[(?P<cpu>\d+)\]\s+(?P<flags>\S{4,6})\s+"
    r"(?P<seconds>\d+)\.(?P<micros>\d{6}): bpf_trace_printk: (?P<text>.*)",
    re.DOTALL,
)
_NEW = re.compile(
    r"new connection (?P<id>\d+): IPv(?P<ip>[46]) (?P<side>client|server), "
    r"port (?P<port>\d+) (?:to|from) (?P<peer>\d+)"
)
_FIRED = re.compile(
    r"timer_cb (?P<id>\d+): late (?P<late>-?\d+) ns over pid (?P<pid>\d+) (?P<task>.*)", re.DOTALL
)
_FAILED = re.compile(r"no timer (?P<id>\d+): error -(?P<code>\d+)")
_LOST = re.compile(r"CPU:\d+ \[LOST (?P<count>\d+) EVENTS\]")


class Side(StrEnum):
    """Which end of a connection."""

    CLIENT = "client"
    SERVER = "server"


@dataclass(frozen=True, slots=True)
class TraceLine:
    """One line as the kernel printed it.

    Attributes:
        raw: The whole line.
        task: Name of the task that was current; ``<idle>`` for the idle task, ``<...>`` when the
            kernel no longer knew.
        pid: Its pid; 0 for the idle task.
        cpu: The CPU that printed.
        flags: irqs-off, need-resched, hard/softirq, preempt-depth, migrate-disable.
        t_ns: Time stamp in the trace clock, to the microsecond.
        text: What the program printed.
    """

    raw: str
    task: str
    pid: int
    cpu: int
    flags: str
    t_ns: int
    text: str


@dataclass(frozen=True, slots=True)
class NewConnection:
    """The hook met one end of a connection.

    Attributes:
        id: Number of the end, from 1.
        ip: 4 or 6.
        port: Port of this end; ``peer_port`` that of the other.
    """

    id: int
    ip: int
    side: Side
    port: int
    peer_port: int
    line: TraceLine


@dataclass(frozen=True, slots=True)
class TimerFired:
    """The callback of an end's timer ran.

    Attributes:
        late_ns: Time of the callback minus the programmed expiry.
        pid: Current task as the program saw it; 0 for the idle task.
        task: Its name as the program saw it.
    """

    id: int
    late_ns: int
    pid: int
    task: str
    line: TraceLine


@dataclass(frozen=True, slots=True)
class NoTimer:
    """An end got no timer; ``errno`` says why."""

    id: int
    errno: int
    line: TraceLine


@dataclass(frozen=True, slots=True)
class Lost:
    """The kernel threw lines away because they were not read in time."""

    count: int


Event = NewConnection | TimerFired | NoTimer | Lost


def parse_line(raw: str) -> TraceLine | None:
    """A line of ``trace_pipe`` that a BPF program printed; None for any other."""
    match = _LINE.fullmatch(raw)
    if match is None:
        return None
    return TraceLine(
        raw=raw,
        task=match["task"],
        pid=int(match["pid"]),
        cpu=int(match["cpu"]),
        flags=match["flags"],
        t_ns=int(match["seconds"]) * NS_PER_S + int(match["micros"]) * 1_000,
        text=match["text"],
    )


def parse_event(raw: str) -> Event | None:
    """What the demo's program said with a line; None if the line is not its."""
    lost = _LOST.match(raw)
    if lost:
        return Lost(int(lost["count"]))
    line = parse_line(raw)
    if line is None:
        return None
    return _new(line) or _fired(line) or _failed(line)


def _new(line: TraceLine) -> NewConnection | None:
    match = _NEW.fullmatch(line.text)
    if match is None:
        return None
    return NewConnection(
        id=int(match["id"]),
        ip=int(match["ip"]),
        side=Side(match["side"]),
        port=int(match["port"]),
        peer_port=int(match["peer"]),
        line=line,
    )


def _fired(line: TraceLine) -> TimerFired | None:
    match = _FIRED.fullmatch(line.text)
    if match is None:
        return None
    return TimerFired(
        id=int(match["id"]),
        late_ns=int(match["late"]),
        pid=int(match["pid"]),
        task=match["task"],
        line=line,
    )


def _failed(line: TraceLine) -> NoTimer | None:
    match = _FAILED.fullmatch(line.text)
    return match and NoTimer(id=int(match["id"]), errno=int(match["code"]), line=line)
