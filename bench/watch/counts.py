"""What was counted of some timers within some time; two such things can be added."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import reduce
from itertools import zip_longest

from bench.abi import VENUES
from bench.histogram import Histogram

NOWHERE = (0,) * len(VENUES)


@dataclass(frozen=True, slots=True)
class Counts:
    """What the hooks counted.

    Attributes:
        fired: Callbacks.
        lateness: Of those that were recorded; how many is its ``count`` and ``negative``.
        venue: Recorded callbacks by venue, in the order of ``VENUES``.
        other_clock: Recorded callbacks on a clock that cannot be read, without lateness.
        started: Starts of timers that were in no queue; only if starts are watched.
        pushed_back: Starts of timers that were in one; likewise.
        cancelled: Timers that left their queue unexpired, and were not started anew; likewise.
        elsewhere: Starts that put their timer into another CPU's queue; likewise.
        softirqs: Runs of a queue, each in one softirq, in which a callback of these was called.
        fired_by_cpu: The callbacks, and ``started_by_cpu`` the starts, by CPU; empty = not known.
        runs: Run times of callbacks; empty unless these are watched.
        requested: Calls of ``bpf_timer_start``; only if requests are watched.
        ahead: Of each, the time from then to the expiry asked for; likewise.
        queued: Of those that were seen to be queued, how long that took; likewise.
    """

    fired: int = 0
    lateness: Histogram = field(default_factory=Histogram)
    venue: tuple[int, ...] = NOWHERE
    other_clock: int = 0
    started: int = 0
    pushed_back: int = 0
    cancelled: int = 0
    elsewhere: int = 0
    softirqs: int = 0
    fired_by_cpu: tuple[int, ...] = ()
    started_by_cpu: tuple[int, ...] = ()
    runs: Histogram = field(default_factory=Histogram)
    requested: int = 0
    ahead: Histogram = field(default_factory=Histogram)
    queued: Histogram = field(default_factory=Histogram)

    def __add__(self, other: Counts) -> Counts:
        """Both together."""
        return Counts(
            fired=self.fired + other.fired,
            lateness=self.lateness.merged(other.lateness),
            venue=tuple(a + b for a, b in zip(self.venue, other.venue, strict=True)),
            other_clock=self.other_clock + other.other_clock,
            started=self.started + other.started,
            pushed_back=self.pushed_back + other.pushed_back,
            cancelled=self.cancelled + other.cancelled,
            elsewhere=self.elsewhere + other.elsewhere,
            softirqs=self.softirqs + other.softirqs,
            fired_by_cpu=_sums(self.fired_by_cpu, other.fired_by_cpu),
            started_by_cpu=_sums(self.started_by_cpu, other.started_by_cpu),
            runs=self.runs.merged(other.runs),
            requested=self.requested + other.requested,
            ahead=self.ahead.merged(other.ahead),
            queued=self.queued.merged(other.queued),
        )


def _sums(ours: tuple[int, ...], theirs: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(a + b for a, b in zip_longest(ours, theirs, fillvalue=0))


def total(counts: Iterable[Counts]) -> Counts:
    """All of them together."""
    return reduce(Counts.__add__, counts, Counts())


@dataclass(frozen=True, slots=True, order=True)
class Group:
    """Timers that are counted together: of one map, with one callback.

    Attributes:
        map_id: The kernel's number of the map; 0 for all timers that have no group of their own.
        program: Id of the program whose callback it is.
        callback: Address of the callback.
    """

    map_id: int
    program: int = 0
    callback: int = 0


OTHER = Group(0)


@dataclass(frozen=True, slots=True)
class OwnCost:
    """What the hooks themselves took.

    Attributes:
        events: Times that a hook met an event of a bpf_timer.
        timed: Those of them that were timed, one in 64.
        timed_ns: What these took together, with one reading of the clock each.
    """

    events: int = 0
    timed: int = 0
    timed_ns: int = 0

    def __add__(self, other: OwnCost) -> OwnCost:
        """Both together."""
        return OwnCost(
            self.events + other.events,
            self.timed + other.timed,
            self.timed_ns + other.timed_ns,
        )

    @property
    def mean_ns(self) -> float | None:
        """Of one event; None if none was timed."""
        return self.timed_ns / self.timed if self.timed else None
