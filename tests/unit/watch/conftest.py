"""A host with two maps of timers, one of them gone, as the hooks would have seen it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bench.histogram import Histogram
from bench.libbpf.known import KnownProgram
from bench.units import NS_PER_S
from bench.watch.answer import Asked
from bench.watch.census import TimerMap
from bench.watch.counts import Counts, Group, OwnCost
from bench.watch.names import Names
from bench.watch.owners import Holder
from bench.watch.session import Seen
from bench.watch.switches import Switches

FLOWS, GONE = (
    TimerMap(7, "flows", "hash", 64, 4, 0, 0, 0, 1),
    TimerMap(9, "old", "array", 8, 4, 0, 0, 0, 0),
)
IDLE, TICK = Group(7, 42, 0x1000), Group(7, 43, 0x2000)
LAST = Group(9, 44, 0x3000)


class KnownNames(Names):
    def program(self, program_id: int) -> KnownProgram | None:
        known = {
            42: KnownProgram(42, "classify", 0, {0x1000: "flow_idle"}),
            43: KnownProgram(43, "tick", 0, {}),
        }
        return known.get(program_id)


def counted(fired: int, late_ns: int = 1_000) -> Counts:
    return Counts(
        fired=fired, lateness=Histogram.of([late_ns] * fired), venue=(fired, 0, 0), started=fired
    )


@pytest.fixture
def names() -> Names:
    return KnownNames()


@pytest.fixture
def seen() -> Seen:
    return Seen(
        duration_ns=2 * NS_PER_S,
        counts={IDLE: counted(3_000), TICK: counted(1_000, 50_000), LAST: counted(20)},
        own=OwnCost(events=4_020, timed=60, timed_ns=6_000),
        softirqs=1_005,
        maps={7: FLOWS, 11: TimerMap(11, "quiet", "hash", 1, 4, 0, 0, 0, 1)},
        gone={9: GONE},
        holders={7: (Holder(1234, "proxy"), Holder(None, "/sys/fs/bpf/flows"))},
    )


@pytest.fixture
def ask() -> Callable[..., Asked]:
    def asked(**changes: object) -> Asked:
        usual: dict[str, object] = {
            "kernel": "6.1",
            "begun": "2026-01-01T00:00:00+00:00",
            "switches": Switches(),
            "requests_refused": None,
            "count_armed": False,
            "memory_bytes": 16 << 20,
            "wanted": lambda table, seen: True,
            "program": lambda number, name: True,
        }
        return Asked(**(usual | changes))  # type: ignore[arg-type]

    return asked
