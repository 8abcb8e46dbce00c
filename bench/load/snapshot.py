"""What a load did by an instant, and between two instants."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bench.histogram import Histogram
from bench.load.due import Due, due_of, together
from bench.load.messages import Counters, Report


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
        due: The connections by when they were due: since the start, a span for each report; of a
            difference, the spans between.
        serial: Reports since the start; 0 for a difference.
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
    due: tuple[Due, ...] = ()
    serial: int = 0
    accepted: int | None = None

    def since(self, earlier: LoadSnapshot) -> LoadSnapshot:
        """What happened between an earlier snapshot of the same load and this one."""
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
            due=self.due[earlier.serial : self.serial],
        )

    def due_between(self, opening: LoadSnapshot, closing: LoadSnapshot) -> Due:
        """What became, by now, of the connections that were due between two earlier snapshots."""
        return together(self.due[opening.serial : closing.serial])

    @property
    def connect(self) -> Histogram:
        """Delay from the intended time to establishment, ns, of the connections that were due."""
        return together(self.due).connect


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
        due=tuple(due_of(each) for each in report.due),
        serial=report.serial,
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
