"""What a load did by an instant, and between two instants."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bench.histogram import Histogram
from bench.load.messages import Counters, Report
from bench.load.recorder import dense


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadSnapshot:
    """Counts since the start of a load, or between two instants (:meth:`since`).

    Attributes:
        t_ns: CLOCK_MONOTONIC of the client at the (later) instant.
        elapsed_ns: Time covered: since the start, or since the earlier snapshot.
        intended: Connections that became due; in closed loop the same as ``attempted``.
        missed: Due but not yet attempted at the later instant.
        errors: Failed attempts, by errno name.
        broken: Established connections whose payload did not come back, by errno name.
        connect: Delay from the intended time to establishment, ns.
        serial: Reports since the start; 0 for a difference.
        recent_min_ns: Smallest delay since the report before this one.
        recent_max_ns: Largest delay since the report before this one.
        accepted: Connections the server accepted, its own count; only after a stop.
    """

    t_ns: int
    elapsed_ns: int
    intended: int
    attempted: int
    connected: int
    closed: int
    missed: int
    errors: dict[str, int] = field(default_factory=dict)
    broken: dict[str, int] = field(default_factory=dict)
    connect: Histogram
    serial: int = 0
    recent_min_ns: int | None = None
    recent_max_ns: int | None = None
    accepted: int | None = None

    def since(self, earlier: LoadSnapshot) -> LoadSnapshot:
        """What happened between an earlier snapshot of the same load and this one.

        The exact extremes of the delays are known only between successive reports; else
        they are None.
        """
        successive = self.serial == earlier.serial + 1
        low, high = self.connect, earlier.connect
        return LoadSnapshot(
            t_ns=self.t_ns,
            elapsed_ns=self.t_ns - earlier.t_ns,
            intended=self.intended - earlier.intended,
            attempted=self.attempted - earlier.attempted,
            connected=self.connected - earlier.connected,
            closed=self.closed - earlier.closed,
            missed=self.missed,
            errors=_difference(self.errors, earlier.errors),
            broken=_difference(self.broken, earlier.broken),
            connect=Histogram(
                counts=low.counts - high.counts,
                total_ns=low.total_ns - high.total_ns,
                min_ns=self.recent_min_ns if successive else None,
                max_ns=self.recent_max_ns if successive else None,
                negative=low.negative - high.negative,
                overflow=low.overflow - high.overflow,
            ),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadProgress:
    """Counts since the start of a load, without delays: cheap enough for sampling."""

    t_ns: int
    intended: int
    attempted: int
    connected: int
    open: int
    closed: int
    errors: int


def _difference(later: Mapping[str, int], earlier: Mapping[str, int]) -> dict[str, int]:
    left = {name: count - earlier.get(name, 0) for name, count in later.items()}
    return {name: count for name, count in left.items() if count}


def snapshot_of(report: Report, accepted: int | None = None) -> LoadSnapshot:
    """The snapshot that a client's report holds."""
    counters = report.counters
    return LoadSnapshot(
        t_ns=counters.t_ns,
        elapsed_ns=counters.t_ns - report.started_ns,
        intended=counters.intended,
        attempted=counters.attempted,
        connected=counters.connected,
        closed=counters.closed,
        missed=max(counters.intended - counters.attempted, 0),
        errors=counters.errors,
        broken=counters.broken,
        connect=dense(report.delays),
        serial=report.serial,
        recent_min_ns=report.delays.recent_min_ns,
        recent_max_ns=report.delays.recent_max_ns,
        accepted=accepted,
    )


def progress_of(counters: Counters) -> LoadProgress:
    """The progress that a client's counters show; ``errors`` is their sum."""
    return LoadProgress(
        t_ns=counters.t_ns,
        intended=counters.intended,
        attempted=counters.attempted,
        connected=counters.connected,
        open=counters.open,
        closed=counters.closed,
        errors=sum(counters.errors.values()) + sum(counters.broken.values()),
    )
