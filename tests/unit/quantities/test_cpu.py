from __future__ import annotations

from collections.abc import Callable

import pytest

from bench.quantities.cpu import (
    CPU_PER_CALLBACK,
    HRTIMER_CPU,
    IDLE_LEFT,
    LEAST_IDLE,
    WAKEUPS,
)
from bench.record import CpuUse, TrialRecord


def test_softirqs_that_were_not_seen_are_made_up_for(
    make_record: Callable[..., TrialRecord],
) -> None:
    """Half of the softirqs were seen, for 0.1 s of a window of 1 s, with 980,000 callbacks."""
    counts = {"softirq_count": {"hrtimer": 500}, "softirq_total": {"hrtimer": 1_000}}
    record = make_record(1, softirq_ns={"hrtimer": 100_000_000}, **counts)
    assert HRTIMER_CPU.value(record) == pytest.approx(0.2)
    assert CPU_PER_CALLBACK.value(record) == pytest.approx(200_000_000 / 980_000)


def test_the_observer_s_figures_are_of_its_own_interval(
    make_record: Callable[..., TrialRecord],
) -> None:
    """The observer was read for 1.25 s around a window of 1 s with 980,000 callbacks."""
    record = make_record(1, softirq_ns={"hrtimer": 100_000_000}, observed_ns=1_250_000_000)
    assert HRTIMER_CPU.value(record) == pytest.approx(0.08)
    assert CPU_PER_CALLBACK.value(record) == pytest.approx(80_000_000 / 980_000)
    assert WAKEUPS.value(record) == pytest.approx(7 / 1.25)


def test_what_a_window_of_no_length_has_per_time_is_unknown(
    make_record: Callable[..., TrialRecord],
) -> None:
    record = make_record(1, window_ns=0, softirq_ns={"hrtimer": 5})
    assert HRTIMER_CPU.value(record) is WAKEUPS.value(record) is None
    assert WAKEUPS.value(make_record(1)) == pytest.approx(7)


def test_idle_time_left_on_all_cpus_and_on_the_busiest(
    make_record: Callable[..., TrialRecord],
) -> None:
    use = CpuUse(
        window_ns=1_000,
        cpus=[0, 1],
        idle_ns=[100, 700],
        steal_ns=[0, 0],
        source="proc_stat",
        step_ns=10,
    )
    record = make_record(1, cpu_use=use)
    assert IDLE_LEFT.value(record) == pytest.approx(0.4)
    assert LEAST_IDLE.value(record) == pytest.approx(0.1)


def test_idle_time_of_records_without_it_is_unknown(
    make_record: Callable[..., TrialRecord],
) -> None:
    assert IDLE_LEFT.value(make_record(1)) is LEAST_IDLE.value(make_record(1)) is None
