"""``--polite``: what others on the host may suffer before a trial ends, whoever makes them suffer.

Pure. A bound counts as passed when two looks in a row are beyond it: one look alone may have met a
hiccup of the hypervisor.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from bench.host.run_queue import Turn, between
from bench.record import Politeness
from bench.units import NS_PER_MS, exact_duration, format_duration, format_percent

Number = TypeVar("Number", int, float)

PERIOD_NS = 500 * NS_PER_MS
IN_A_ROW = 2
MOST_CPU = 0.75
"""Share of the time in which some task waits for a CPU, of the whole host (PSI)."""
MOST_MEMORY = 0.10
"""The same for memory."""
MOST_WAIT = 0.50
"""Share of the time in which processes of others want a CPU that they wait for one: beyond it they
wait longer than they run."""
LEAST_WAIT = 0.10
"""Of a look, summed over others, that they must have waited at least: less hurts nobody."""
MOST_CONNECT_NS = 10 * NS_PER_MS
"""For a connection on loopback that is none of the load."""


@dataclass(frozen=True, slots=True)
class Look:
    """What the kernel counts of others at one moment.

    Attributes:
        stalled_ns: See :func:`bench.host.pressure.stalled_ns`.
        turns: See :func:`bench.host.run_queue.others_turns`.
        connect_ns: What a connection took at that moment.
    """

    t_ns: int
    stalled_ns: Mapping[str, int]
    turns: Mapping[int, Turn]
    connect_ns: int


def seen_between(before: Look, after: Look) -> Politeness:
    """What others got between two looks."""
    elapsed = max(after.t_ns - before.t_ns, 1)

    def stalled(name: str) -> float | None:
        if name not in before.stalled_ns or name not in after.stalled_ns:
            return None
        return max(after.stalled_ns[name] - before.stalled_ns[name], 0) / elapsed

    turn = between(before.turns, after.turns)
    wanted = turn.ran_ns + turn.waited_ns
    enough = turn.waited_ns >= LEAST_WAIT * elapsed
    return Politeness(
        looks=1,
        cpu_share=stalled("cpu"),
        memory_share=stalled("memory"),
        wait_share=None if not after.turns else turn.waited_ns / wanted if enough else 0.0,
        connect_ns=after.connect_ns,
    )


def beyond(seen: Politeness) -> dict[str, str]:
    """The bounds that were passed, by name: a sentence each."""
    found = {}
    if (seen.cpu_share or 0) > MOST_CPU:
        found["cpu"] = _stall("a CPU", seen.cpu_share or 0, MOST_CPU)
    if (seen.memory_share or 0) > MOST_MEMORY:
        found["memory"] = _stall("memory", seen.memory_share or 0, MOST_MEMORY)
    if (seen.wait_share or 0) > MOST_WAIT:
        share = format_percent(seen.wait_share or 0)
        found["wait"] = (
            f"processes of others waited for a CPU in {share} of the time in which they wanted "
            f"one, at most {format_percent(MOST_WAIT)} is polite"
        )
    if (seen.connect_ns or 0) > MOST_CONNECT_NS:
        took = format_duration(seen.connect_ns or 0)
        found["connect"] = (
            f"a connection that is none of the load took {took}, at most "
            f"{exact_duration(MOST_CONNECT_NS)} is polite"
        )
    return found


def _stall(what: str, share: float, most: float) -> str:
    return (
        f"some task of this host waited for {what} in {format_percent(share)} of the time, at most "
        f"{format_percent(most)} is polite"
    )


def most_of(one: Politeness, other: Politeness) -> Politeness:
    """The worst that both saw."""

    return Politeness(
        looks=one.looks + other.looks,
        cpu_share=_most(one.cpu_share, other.cpu_share),
        memory_share=_most(one.memory_share, other.memory_share),
        wait_share=_most(one.wait_share, other.wait_share),
        connect_ns=_most(one.connect_ns, other.connect_ns),
    )


@dataclass(slots=True)
class Judge:
    """Judges one look after another. Pure.

    Attributes:
        seen: The worst of all looks.
        passed: Bounds that the last look was beyond, and for how many looks in a row.
    """

    seen: Politeness = field(default_factory=Politeness)
    passed: dict[str, int] = field(default_factory=dict)

    def judge(self, seen: Politeness) -> str | None:
        """Which bound is passed by now; None while all are kept."""
        self.seen = most_of(self.seen, seen)
        found = beyond(seen)
        self.passed = {name: self.passed.get(name, 0) + 1 for name in found}
        over = [found[name] for name, times in self.passed.items() if times >= IN_A_ROW]
        return "; ".join(over) or None


def _most(a: Number | None, b: Number | None) -> Number | None:
    return b if a is None else a if b is None else max(a, b)


def polite_lines() -> list[str]:
    """What ``--polite`` minds, for a plan."""
    return [
        f"polite: a trial ends when, for {exact_duration(IN_A_ROW * PERIOD_NS)}, some task waits "
        f"for a CPU in more than {format_percent(MOST_CPU)} of the time or for memory in more than "
        f"{format_percent(MOST_MEMORY)}, processes of others wait for a CPU longer than they run, "
        f"or a connection of others takes more than {exact_duration(MOST_CONNECT_NS)}"
    ]
