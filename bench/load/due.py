"""Connections that were due in a span of time, and what became of them. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from bench.histogram import COUNTERS, HIGHEST, Histogram, index_of
from bench.load.messages import DueReport
from bench.load.recorder import dense


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """Connections that were due between two snapshots, as they stood at a later instant.

    Attributes:
        intended: That were due; in closed loop those that were attempted.
        attempted: Of these: tried, however late.
        connected: Of these: established, however late.
        connect: Delay of the established from the intended time, ns.
    """

    intended: int = 0
    attempted: int = 0
    connected: int = 0
    connect: Histogram = field(default_factory=Histogram)

    @property
    def missed(self) -> int:
        """Never attempted."""
        return max(self.intended - self.attempted, 0)

    @property
    def unanswered(self) -> int:
        """Attempted but never established: refused, failed, or given up."""
        return self.attempted - self.connected

    def delays(self, least_ns: int) -> Histogram:
        """Delays of all that were due: ``least_ns`` for each that was missed or not answered.

        Or the longest that another one had to wait, if that is more: these come last. Left out they
        would make a load look the faster the less of it is served ("coordinated omission", Gil
        Tene, *How NOT to Measure Latency*).
        """
        longest_ns = max(least_ns, self.connect.max_ns or 0)
        return self.connect.merged(_repeated(longest_ns, self.missed + self.unanswered))


def _repeated(value_ns: int, times: int) -> Histogram:
    if not times:
        return Histogram()
    counts = np.zeros(COUNTERS, dtype=np.uint64)
    inside = value_ns <= HIGHEST
    if inside:
        counts[int(index_of(value_ns))] = times
    return Histogram(
        counts=counts,
        total_ns=value_ns * times,
        min_ns=value_ns,
        max_ns=value_ns,
        overflow=0 if inside else times,
    )


def together(spans: Iterable[Due]) -> Due:
    """Those of several spans."""
    whole = Due()
    for span in spans:
        whole = Due(
            intended=whole.intended + span.intended,
            attempted=whole.attempted + span.attempted,
            connected=whole.connected + span.connected,
            connect=whole.connect.merged(span.connect),
        )
    return whole


def due_of(report: DueReport) -> Due:
    """What a client's report says.

    Raises:
        ValueError: A counter index is outside the histogram's layout.
    """
    return Due(
        intended=report.intended,
        attempted=report.attempted,
        connected=report.connected,
        connect=dense(report.delays),
    )
