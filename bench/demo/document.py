"""The demo as one JSON document; times in ns."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from bench.demo.account import Pair
from bench.demo.lines import NewConnection, TraceLine
from bench.demo.session import Done
from bench.errors import errno_name


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
        "errno": pair.errno and errno_name(pair.errno),
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
