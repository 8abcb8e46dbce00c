"""What pushing timers back costs, as churn measures it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bench.analysis.cell_rows import CellRow
from bench.analysis.estimate import Estimate, estimate
from bench.errors import BenchError
from bench.record import TrialRecord
from bench.stats.least_squares import Predicted
from bench.units import NS_PER_S
from bench.whatif.terms import Demand

OPERATION = "push_back_later"


@dataclass(frozen=True, slots=True)
class PushBacks:
    """So many of them in the life of a connection, and the time of one, ns."""

    per_connection: float
    each_ns: Estimate

    def added_to(self, share: Predicted, demand: Demand) -> Predicted:
        """A share of one CPU with what they cost on top."""
        per_ns = demand.rate_hz * self.per_connection / NS_PER_S
        each = self.each_ns
        return Predicted(
            share.value + per_ns * each.median,
            share.low + per_ns * each.low,
            share.high + per_ns * each.high,
        )


def push_backs(rows: Sequence[CellRow], per_connection: float) -> PushBacks | None:
    """From the runs' cells of churn; None where there are to be none.

    Raises:
        BenchError: No valid cell measured them.
    """
    if not per_connection:
        return None
    found = mean_ns_of(rows)
    if found is None:
        raise BenchError(
            "what a push-back costs was not measured in these runs",
            remedy="Add a run of churn: bench run --program churn, then name both runs",
        )
    return PushBacks(per_connection, found)


def mean_ns_of(rows: Sequence[CellRow]) -> Estimate | None:
    """The time of one, over all valid cells that measured it."""
    known = [r for row in rows if row.ok for r in row.shown if OPERATION in r.distributions]
    return estimate(known, _mean_ns)


def _mean_ns(record: TrialRecord) -> float | None:
    return record.distributions[OPERATION].mean_ns
