from __future__ import annotations

from collections.abc import Callable

import pytest

from bench.quantities.cpu import CPU_PER_CALLBACK, HRTIMER_CPU, WAKEUPS
from bench.record import TrialRecord


def test_softirqs_that_were_not_seen_are_made_up_for(
    make_record: Callable[..., TrialRecord],
) -> None:
    """Half of the softirqs were seen, for 0.1 s of a window of 1 s, with 980,000 callbacks."""
    counts = {"softirq_count": {"hrtimer": 500}, "softirq_total": {"hrtimer": 1_000}}
    record = make_record(1, softirq_ns={"hrtimer": 100_000_000}, **counts)
    assert HRTIMER_CPU.value(record) == pytest.approx(0.2)
    assert CPU_PER_CALLBACK.value(record) == pytest.approx(200_000_000 / 980_000)


def test_what_a_window_of_no_length_has_per_time_is_unknown(
    make_record: Callable[..., TrialRecord],
) -> None:
    record = make_record(1, window_ns=0, softirq_ns={"hrtimer": 5})
    assert HRTIMER_CPU.value(record) is WAKEUPS.value(record) is None
    assert WAKEUPS.value(make_record(1)) == pytest.approx(7)
