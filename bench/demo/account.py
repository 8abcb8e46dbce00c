"""Pairs of lines, where each callback ran, and the summary of a demo."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from statistics import median

from bench.demo.lines import Event, Lost, NewConnection, NoTimer, TimerFired
from bench.demo.program import Tally


class Venue(StrEnum):
    """Where a callback ran: over the idle task, over another task, or in ksoftirqd."""

    IDLE = "idle"
    TASK = "task"
    KSOFTIRQD = "ksoftirqd"


def venue_of(fired: TimerFired, ksoftirqd: Mapping[int, int]) -> Venue:
    """Venue by the pid that the program saw.

    Args:
        fired: The callback.
        ksoftirqd: CPU -> pid of its ksoftirqd thread.
    """
    if fired.pid == 0:
        return Venue.IDLE
    return Venue.KSOFTIRQD if fired.pid == ksoftirqd.get(fired.line.cpu) else Venue.TASK


@dataclass(slots=True)
class Pair:
    """One connection end: its two lines, or what there is of them.

    Attributes:
        met: Line of the hook.
        fired: Line of the callback; None: not seen (yet).
        venue: Where the callback ran.
        errno: Why the end got no timer.
    """

    met: NewConnection | None = None
    fired: TimerFired | None = None
    venue: Venue | None = None
    errno: int | None = None

    @property
    def complete(self) -> bool:
        """Whether both lines were seen."""
        return self.met is not None and self.fired is not None


@dataclass(frozen=True, slots=True)
class Lateness:
    """Lateness of all callbacks seen, ns; the number of them is the summary's."""

    min_ns: int
    median_ns: float
    max_ns: int


@dataclass(frozen=True, slots=True)
class Summary:
    """What a demo has shown.

    Attributes:
        connections: Connections that the demo made itself; None = it waited for others.
        pairs: Ends with both lines.
        by_venue: Callbacks seen at each venue.
        lateness: None without callbacks.
        lost_lines: Lines that the kernel threw away unread.
        tally: The program's own counts.
    """

    connections: int | None
    pairs: int
    by_venue: dict[Venue, int]
    lateness: Lateness | None
    lost_lines: int
    tally: Tally

    @property
    def good(self) -> bool:
        """Whether each end that was met, two for each own connection, has both lines."""
        own = 2 * self.connections if self.connections is not None else self.tally.met
        return self.pairs == self.tally.met == self.tally.fired == own


@dataclass(slots=True)
class Account:
    """Everything seen so far, by number of the end."""

    ksoftirqd: Mapping[int, int]
    ends: dict[int, Pair] = field(default_factory=dict)
    lost: int = 0

    def take(self, event: Event) -> Pair | None:
        """Enter what a line said; the pair that it belongs to."""
        if isinstance(event, Lost):
            self.lost += event.count
            return None
        pair = self.ends.setdefault(event.id, Pair())
        if isinstance(event, NewConnection):
            pair.met = event
        elif isinstance(event, NoTimer):
            pair.errno = event.errno
        else:
            pair.fired, pair.venue = event, venue_of(event, self.ksoftirqd)
        return pair

    def summary(self, connections: int | None, tally: Tally) -> Summary:
        """The account closed."""
        pairs = list(self.ends.values())
        late = [pair.fired.late_ns for pair in pairs if pair.fired]
        seen = Counter(pair.venue for pair in pairs if pair.venue)
        return Summary(
            connections=connections,
            pairs=sum(pair.complete for pair in pairs),
            by_venue={venue: seen[venue] for venue in Venue},
            lateness=Lateness(min(late), median(late), max(late)) if late else None,
            lost_lines=self.lost,
            tally=tally,
        )
