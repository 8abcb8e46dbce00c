from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from bench.histogram import Histogram
from bench.host.noise import CpuTime, NoiseSnapshot
from bench.programs.counters import Counters
from bench.trial import sampling
from bench.trial.measurement import Mark, Sample
from bench.trial.sampling import PERIOD_NS, Sampler, as_arrays

RATE_HZ, CONNECTIONS_HZ = 2_000, 300
KSOFTIRQD_SHARE, STEAL = 0.25, 0.1
BATCH = 4


@dataclass
class Host:
    """A host that does everything at constant rates, on a clock that only sleeping moves."""

    now_ns: int
    start: Counters
    sleeps: int = 0
    stall_ns: int = 0

    def sleep(self, seconds: float) -> None:
        self.sleeps += 1
        self.now_ns += round(seconds * 1e9) + (self.stall_ns if self.sleeps == 3 else 0)

    def since_start(self, hz: float) -> int:
        return round((self.now_ns - self.start.t_ns) * hz / 1e9)

    def fired(self) -> int:
        return self.start.fired + self.since_start(RATE_HZ)

    def read(self) -> Counters:
        inside = Histogram.of([700] * (self.fired() - self.start.fired))
        return replace(self.start, lateness=self.start.lateness.merged(inside))

    def progress(self) -> SimpleNamespace:
        return SimpleNamespace(connected=self.since_start(CONNECTIONS_HZ))

    def noise(self, pids: object) -> NoiseSnapshot:
        ticks = self.since_start(100_000)
        cpus = {0: CpuTime(ticks, round(ticks * STEAL))}
        return NoiseSnapshot(t_ns=0, cpus=cpus, interrupts=0, involuntary={})

    def softirqs(self) -> dict[str, int]:
        return {"net_rx": 7, "hrtimer": self.since_start(RATE_HZ / BATCH)}

    def thread_time(self, pids: object) -> SimpleNamespace:
        return SimpleNamespace(cpu_ns=self.since_start(2e9 * KSOFTIRQD_SHARE))


MakeSampler = Callable[..., tuple[Sampler, Host]]


@pytest.fixture
def make_sampler(opening: Mark, monkeypatch: pytest.MonkeyPatch) -> MakeSampler:
    def make(
        *, with_load: bool = True, stall_ns: int = 0, in_softirq: bool = True
    ) -> tuple[Sampler, Host]:
        host = Host(opening.counters.t_ns, opening.counters, stall_ns=stall_ns)
        clock = SimpleNamespace(monotonic_ns=lambda: host.now_ns, sleep=host.sleep)
        monkeypatch.setattr(sampling, "time", clock)
        monkeypatch.setattr(sampling, "noise_snapshot", host.noise)
        monkeypatch.setattr(sampling, "thread_time", host.thread_time)
        monkeypatch.setattr(sampling, "softirq_counts", host.softirqs)
        rig: Any = SimpleNamespace(ksoftirqd={0: 14}, cpus=(0, 1), load=lambda: host)
        session: Any = host
        load = rig.load() if with_load else None
        return Sampler(session, opening, rig, load, in_softirq=in_softirq), host

    return make


def run(sampler: Sampler, host: Host, window_ns: int) -> list[Sample]:
    return list(sampler.until(host.start.t_ns + window_ns))


def test_samples_come_once_a_period_and_the_window_ends_in_time(make_sampler: MakeSampler) -> None:
    sampler, host = make_sampler()
    found = run(sampler, host, 5 * PERIOD_NS + 7)
    assert [sample.t_ns for sample in found] == [n * PERIOD_NS for n in range(1, 6)]
    assert host.now_ns == host.start.t_ns + 5 * PERIOD_NS + 7


def test_a_window_shorter_than_a_period_has_no_sample(make_sampler: MakeSampler) -> None:
    sampler, host = make_sampler()
    assert run(sampler, host, PERIOD_NS // 2) == []
    assert host.now_ns == host.start.t_ns + PERIOD_NS // 2


def test_figures_are_rates_since_the_sample_before(make_sampler: MakeSampler) -> None:
    sampler, host = make_sampler()
    for sample in run(sampler, host, 4 * PERIOD_NS):
        assert sample.callbacks_hz == pytest.approx(RATE_HZ)
        assert sample.connections_hz == pytest.approx(CONNECTIONS_HZ)
        assert sample.ksoftirqd_share == pytest.approx(KSOFTIRQD_SHARE)
        assert sample.steal == pytest.approx(STEAL)
        assert sample.batch == pytest.approx(BATCH, rel=0.02)


def test_a_burst_is_seen_in_its_own_sample_only(make_sampler: MakeSampler) -> None:
    sampler, host = make_sampler()
    found = []
    for sample in sampler.until(host.start.t_ns + 4 * PERIOD_NS):
        found.append(sample.callbacks_hz)
        if len(found) == 1:
            host.start = replace(host.start, fired=host.start.fired + 500)
    assert found == pytest.approx([RATE_HZ, RATE_HZ + 5_000, RATE_HZ])


def test_lateness_is_since_the_window_opened_and_needs_enough_callbacks(
    make_sampler: MakeSampler,
) -> None:
    sampler, host = make_sampler()
    p99 = [sample.p99_ns for sample in run(sampler, host, 7 * PERIOD_NS)]
    # 200 callbacks a period; 1,000 carry a p99. Before the window they were 50 ms late.
    assert p99[:4] == [None] * 4
    assert p99[4:] == [pytest.approx(700, rel=0.01)] * 2


def test_without_load_there_are_no_connections(make_sampler: MakeSampler) -> None:
    sampler, host = make_sampler(with_load=False)
    assert {sample.connections_hz for sample in run(sampler, host, 3 * PERIOD_NS)} == {None}


def test_what_calls_back_in_no_softirq_has_no_batch(make_sampler: MakeSampler) -> None:
    sampler, host = make_sampler(in_softirq=False)
    assert {sample.batch for sample in run(sampler, host, 3 * PERIOD_NS)} == {None}


def test_after_a_stall_the_missed_samples_are_skipped(make_sampler: MakeSampler) -> None:
    sampler, host = make_sampler(stall_ns=5 * PERIOD_NS // 2)
    found = run(sampler, host, 8 * PERIOD_NS)
    assert [2 * sample.t_ns // PERIOD_NS for sample in found] == [2, 4, 11, 12, 14]
    assert found[2].callbacks_hz == pytest.approx(RATE_HZ)


def test_series_have_a_value_per_sample_and_nan_for_none() -> None:
    samples = [Sample(1, 2.0, None, 0.3, 0.4, None), Sample(10, 20.0, 30, 0.5, 0.6, 70.0)]
    found = as_arrays(samples)
    assert list(found) == list(Sample.__dataclass_fields__)
    assert all(column.dtype == np.float64 and column.shape == (2,) for column in found.values())
    assert found["t_ns"].tolist() == [1, 10]
    assert np.isnan(found["p99_ns"][0]) and found["p99_ns"][1] == 30
    assert np.isnan(found["connections_hz"][0]) and found["connections_hz"][1] == 70.0


def test_no_samples_are_empty_series() -> None:
    assert all(column.shape == (0,) for column in as_arrays([]).values())
