"""Watching: from the counters of the hooks to what was seen in an interval."""

from __future__ import annotations

import time
from collections.abc import Container, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from bench.host.softirqs import HRTIMER, softirq_counts
from bench.resources import Resource
from bench.watch.census import Census, TimerMap
from bench.watch.counts import OTHER, Counts, Group, OwnCost
from bench.watch.hooks import Hooks
from bench.watch.names import Names
from bench.watch.owners import Holder, Owners
from bench.watch.switches import Switches


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen within some time; two times in a row can be added.

    Attributes:
        duration_ns: How long it was.
        counts: What was counted, by group; groups of which nothing came are in it, too.
        own: What the hooks took.
        softirqs: HRTIMER softirqs of this host.
        maps: Maps with timers at the end, by id.
        gone: Maps that were seen before, likewise.
        holders: Who held which map at the end.
        armed: Armed timers by map at the end; empty unless they are counted.
    """

    duration_ns: int
    counts: dict[Group, Counts]
    own: OwnCost
    softirqs: int
    maps: dict[int, TimerMap]
    gone: dict[int, TimerMap]
    holders: Mapping[int, tuple[Holder, ...]]
    armed: dict[int, int] = field(default_factory=dict)

    def __add__(self, later: Seen) -> Seen:
        """Both times together; what is of an end is of the later one."""
        groups = dict.fromkeys([*self.counts, *later.counts])
        nothing = Counts()
        return Seen(
            duration_ns=self.duration_ns + later.duration_ns,
            counts={
                group: self.counts.get(group, nothing) + later.counts.get(group, nothing)
                for group in groups
            },
            own=self.own + later.own,
            softirqs=self.softirqs + later.softirqs,
            maps=later.maps,
            gone=self.gone | later.gone,
            holders={**self.holders, **later.holders},
            armed=later.armed,
        )


class Watch(Resource):
    """Hooks, census and owners of this host while the block lasts.

    Args:
        switches: What is watched.
        count_armed: Whether to walk all entries at each interval, to count the armed timers.

    Raises:
        BenchError: This kernel lacks what is needed, or refused it.
    """

    def __init__(self, switches: Switches, *, count_armed: bool = False) -> None:
        """Remember what to do."""
        self._switches, self._count_armed = switches, count_armed

    def _open(self) -> None:
        self._census = self._held.enter_context(Census(0))
        self._owners = self._held.enter_context(Owners())
        self.names = Names()
        self._ever: dict[int, TimerMap] = {}
        self.hooks = self._held.enter_context(Hooks(self._switches))
        self._since_ns = time.monotonic_ns()
        self._own = OwnCost()
        self._softirqs = softirq_counts().get(HRTIMER, 0)

    def maps(self) -> dict[int, TimerMap]:
        """Maps with timers now, by id."""
        found = {table.id: table for table in self._census.maps()}
        self._ever |= found
        return found

    def seen(self) -> Seen:
        """What came since the last time."""
        counts = self.hooks.read()
        for group in counts:
            self.names.program(group.program)  # While it is there to be looked at.
        now = time.monotonic_ns()
        duration_ns, self._since_ns = now - self._since_ns, now
        maps = self.maps()
        gone = {number: table for number, table in self._ever.items() if number not in maps}
        self._release(counts, maps)
        return Seen(
            duration_ns=duration_ns,
            counts={g: each for g, each in counts.items() if g != OTHER or _came(each)},
            own=self._own_new(),
            softirqs=self._softirqs_new(),
            maps=maps,
            gone=gone,
            holders=self._owners.holders(),
            armed=self._armed(maps),
        )

    def _release(self, counts: dict[Group, Counts], maps: dict[int, TimerMap]) -> None:
        """Counters of maps that are gone, or quiet while others have none, are for others."""
        self.hooks.release(quiet_ones(counts, set(maps)))

    def _own_new(self) -> OwnCost:
        now, before = self.hooks.own_cost(), self._own
        self._own = now
        return OwnCost(
            now.events - before.events, now.timed - before.timed, now.timed_ns - before.timed_ns
        )

    def _softirqs_new(self) -> int:
        now = softirq_counts().get(HRTIMER, 0)
        before, self._softirqs = self._softirqs, now
        return now - before

    def _armed(self, maps: dict[int, TimerMap]) -> dict[int, int]:
        found: dict[int, int] = {}
        if self._count_armed:
            for number, table in maps.items():
                with suppress(OSError):
                    armed = self._census.armed(table)
                    if armed is not None:
                        found[number] = armed.number
        return found


def quiet_ones(counts: Mapping[Group, Counts], maps: Container[int]) -> list[Group]:
    """Groups that are to give their counters away, so that the busiest have some.

    Of those that fire, the quietest, and only if the others fire more than twice as often:
    whichever of all fires next takes them, which is most likely a busy one.

    Args:
        counts: What came within an interval.
        maps: Ids of maps that exist.
    """
    others = counts[OTHER].fired
    own = {group: each.fired for group, each in counts.items() if group != OTHER}
    idle = [
        group for group, fired in own.items() if not fired and (others or group.map_id not in maps)
    ]
    if others and own and not idle:
        quietest = min(own, key=lambda group: own[group])
        return [quietest] if 2 * own[quietest] < others else []
    return idle


def _came(counts: Counts) -> bool:
    starts = counts.started or counts.pushed_back or counts.cancelled
    return bool(counts.fired or starts or counts.requested)
