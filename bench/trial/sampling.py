"""Time series within the window: cheap reads about ten times a second."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bench.drivers.session import Session
from bench.histogram import Histogram
from bench.host.ksoftirqd import thread_time
from bench.host.noise import NoiseSnapshot, noise_snapshot
from bench.host.softirqs import HRTIMER, softirq_counts
from bench.load.controller import Load
from bench.trial.measurement import Mark, Sample
from bench.trial.rig import Rig
from bench.units import NS_PER_MS, NS_PER_S

PERIOD_NS = 100 * NS_PER_MS


@dataclass(frozen=True, slots=True)
class _Reading:
    t_ns: int
    fired: int
    ksoftirqd_ns: int
    noise: NoiseSnapshot
    connected: int
    softirqs: int


class Sampler:
    """Samples a trial until its window ends.

    Args:
        session: The program under test.
        opening: The mark at the window's start.
        rig: What trials share.
        load: What makes connections, None if nothing does.
        in_softirq: Whether callbacks run in the HRTIMER softirq.
    """

    def __init__(
        self,
        session: Session,
        opening: Mark,
        rig: Rig,
        load: Load | None,
        *,
        in_softirq: bool = True,
    ) -> None:
        """Take the first reading."""
        self._session = session
        self._opening = opening.counters
        self._rig = rig
        self._load = load
        self._in_softirq = in_softirq
        self._lateness = Histogram()
        self._last = self._read()

    def until(self, end_ns: int) -> Iterator[Sample]:
        """One sample a period until CLOCK_MONOTONIC ``end_ns``, at which it returns."""
        due = self._opening.t_ns + PERIOD_NS
        while (now := time.monotonic_ns()) < end_ns:
            time.sleep(max(min(due, end_ns) - now, 0) / NS_PER_S)
            if due < end_ns:
                yield self._sample()
            # After a stall the samples that were missed are skipped, not taken in a burst.
            overdue = max(time.monotonic_ns() - due, 0)
            due += PERIOD_NS * (overdue // PERIOD_NS + 1)

    def _read(self) -> _Reading:
        return _Reading(
            t_ns=time.monotonic_ns(),
            fired=self._session.fired(),
            ksoftirqd_ns=thread_time(self._rig.ksoftirqd.values()).cpu_ns,
            noise=noise_snapshot(()),
            connected=self._load.progress().connected if self._load else 0,
            softirqs=softirq_counts()[HRTIMER] if self._in_softirq else 0,
        )

    def _sample(self) -> Sample:
        last, now = self._last, self._read()
        self._last = now
        elapsed = now.t_ns - last.t_ns
        seconds = elapsed / NS_PER_S
        lateness = self._session.read().lateness_since(self._opening)
        fresh, self._lateness = lateness.since(self._lateness), lateness
        connections_hz = (now.connected - last.connected) / seconds
        softirqs = now.softirqs - last.softirqs
        return Sample(
            t_ns=now.t_ns - self._opening.t_ns,
            callbacks_hz=(now.fired - last.fired) / seconds,
            p99_ns=lateness.supported_quantile(0.99),
            ksoftirqd_share=(now.ksoftirqd_ns - last.ksoftirqd_ns)
            / (elapsed * len(self._rig.cpus)),
            steal=now.noise.since(last.noise).steal,
            connections_hz=connections_hz if self._load else None,
            mean_ns=fresh.total_ns / fresh.count if fresh.count else None,
            batch=(now.fired - last.fired) / softirqs if softirqs else None,
        )


def as_arrays(samples: list[Sample]) -> dict[str, npt.NDArray[np.float64]]:
    """The series as arrays of shape (samples,), float64; NaN where a value is None."""

    def column(name: str) -> npt.NDArray[np.float64]:
        values = [getattr(sample, name) for sample in samples]
        return np.array([np.nan if v is None else v for v in values], dtype=np.float64)

    return {name: column(name) for name in Sample.__dataclass_fields__}
