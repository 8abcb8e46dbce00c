"""A simulated host whose capacity is known; its trials vary as those of a real one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from bench.record import Callbacks, TrialRecord

MakeRecord = Callable[..., TrialRecord]


@dataclass
class Host:
    """Serves up to ``capacity_hz``; lateness stays small up to ``calm`` of that.

    Attributes:
        spread: Of the logarithm of the capacity from trial to trial.
    """

    make_record: MakeRecord
    capacity_hz: float
    calm: float = 0.5
    spread: float = 0.0
    seed: int = 0
    rates: list[float] = field(default_factory=list)

    def __call__(self, rate_hz: float) -> TrialRecord:
        self.rates.append(rate_hz)
        rng = np.random.default_rng([self.seed, len(self.rates)])
        capacity = self.capacity_hz * rng.lognormal(0, self.spread)
        served = min(capacity / rate_hz, 1.0)
        record = self.make_record(len(self.rates), p50_ns=10_000)
        assert record.lateness is not None
        tail = 100_000 if rate_hz <= capacity * self.calm else 5_000_000
        return replace(
            record,
            lateness=replace(record.lateness, p999_ns=tail),
            callbacks=Callbacks(
                fired=1000, offered_hz=rate_hz, fired_hz=rate_hz * served, served=served
            ),
        )


@pytest.fixture
def make_host(make_record: MakeRecord) -> Callable[..., Host]:
    return lambda **facts: Host(make_record, **facts)
