"""What each pair of trials says of the change from variant a to variant b. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bench.quantities.quantity import Better, Quantity
from bench.reason import Spoiler, spoiler
from bench.record import PairedQuestion, Status, TrialRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs:
    """All pairs that were measured, in their order.

    Attributes:
        changes: How much worse b was than a in each pair, on the metric's own axis (of a ratio its
            logarithm): infinite where the timers themselves spoilt one of the two trials, nan where
            nothing is known of one.
        dropped: Pairs left out because the host spoilt a trial.
        unknown: Of ``changes``, those that are nan.
    """

    changes: Sequence[float]
    dropped: int

    @property
    def unknown(self) -> int:
        """Pairs of which nothing is known."""
        return sum(map(math.isnan, self.changes))

    @property
    def measured(self) -> int:
        """Pairs in all."""
        return len(self.changes) + self.dropped


def pairs_of(question: PairedQuestion, metric: Quantity, records: Iterable[TrialRecord]) -> Pairs:
    """The pairs whose two trials have a record; one is of variant a, the other of variant b."""
    blocks: dict[int, dict[bool, TrialRecord]] = {}
    for record in records:
        blocks.setdefault(record.block, {})[record.cell == question.b] = record
    whole = [both for _, both in sorted(blocks.items()) if len(both) == 2]
    heard = [both for both in whole if not any(map(_by_host, both.values()))]
    return Pairs(
        changes=[_worth(metric, both[True]) - _worth(metric, both[False]) for both in heard],
        dropped=len(whole) - len(heard),
    )


def _by_host(record: TrialRecord) -> bool:
    return record.status is not Status.OK and spoiler(record.codes) is Spoiler.HOST


def _worth(metric: Quantity, record: TrialRecord) -> float:
    """How bad a trial is: infinitely if the timers spoilt it, nan if that is not known."""
    if record.status is not Status.OK:
        return math.inf if spoiler(record.codes) is Spoiler.EFFECT else math.nan
    value = metric.value(record)
    place = None if value is None else metric.place(value)
    if place is None:
        return math.nan
    return -place if metric.better is Better.HIGHER else place
