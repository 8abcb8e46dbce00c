from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from bench.quantities.softirq import seen_share, softirq_ns
from bench.record import TrialRecord

MakeRecord = Callable[..., TrialRecord]


@pytest.fixture
def observed(make_record: MakeRecord) -> Callable[..., TrialRecord]:
    def make(seen: int | None, total: int | None, ns: int | None = 1_000) -> TrialRecord:
        def of(value: int | None) -> dict[str, int] | None:
            return None if value is None else {"hrtimer": value}

        record = make_record(1)
        return replace(record, softirq_ns=of(ns), softirq_count=of(seen), softirq_total=of(total))

    return make


@pytest.mark.parametrize(
    ("seen", "total", "share", "ns"),
    [
        (100, 100, 1.0, 1_000),
        (101, 100, 1.0, 1_000),
        (99, 100, 0.99, 1_000),
        (50, 100, 0.5, 2_000),
        (19, 100, 0.19, None),
        (0, 0, None, 1_000),
        (10, None, None, 1_000),
        (None, None, None, 1_000),
    ],
    ids=["all", "read later", "nearly all", "half", "too few", "none", "older", "no count"],
)
def test_what_was_not_seen_is_made_up_for(
    observed: Callable[..., TrialRecord],
    seen: int | None,
    total: int | None,
    share: float | None,
    ns: float | None,
) -> None:
    record = observed(seen, total)
    assert seen_share(record, "hrtimer") == share
    assert softirq_ns(record, "hrtimer") == ns
    assert softirq_ns(record, "net_rx") is None, "a vector that was not looked at"


@pytest.mark.parametrize(
    ("thread", "thread_ns", "seen", "total", "expected"),
    [
        (40, 800, 50, 60, 800 + 2 * 200),  # 10 of 20 outside were seen
        (0, 0, 50, 100, 2_000),
        (40, 800, 41, 60, None),  # 1 of 20 says nothing of the others
        (50, 1_000, 50, 60, None),
    ],
    ids=["mixed", "none in ksoftirqd", "too few outside", "none outside"],
)
def test_what_ran_over_ksoftirqd_is_all_seen_and_not_scaled(
    observed: Callable[..., TrialRecord],
    thread: int,
    thread_ns: int,
    seen: int,
    total: int,
    expected: int | None,
) -> None:
    record = replace(
        observed(seen, total),
        softirq_thread_ns={"hrtimer": thread_ns},
        softirq_thread_count={"hrtimer": thread},
    )
    assert softirq_ns(record, "hrtimer") == expected


def test_two_kinds_of_softirqs_are_told_apart(observed: Callable[..., TrialRecord]) -> None:
    """Long ones in ksoftirqd, all seen, and short ones outside, of which half are not.

    The truth is known; scaled as a whole the time comes out too large.
    """
    rng = np.random.default_rng(2)
    long, short = rng.lognormal(12, 0.3, 500), rng.lognormal(8, 0.3, 2_000)
    visible = rng.random(2_000) < 0.5
    seen_ns = round(long.sum() + short[visible].sum())
    whole = observed(500 + int(visible.sum()), 2_500, seen_ns)
    apart = replace(
        whole,
        softirq_thread_ns={"hrtimer": round(long.sum())},
        softirq_thread_count={"hrtimer": 500},
    )
    truth = long.sum() + short.sum()
    assert softirq_ns(apart, "hrtimer") == pytest.approx(truth, rel=0.01)
    pooled = softirq_ns(whole, "hrtimer")
    assert pooled is not None and pooled > 1.5 * truth


def test_an_observer_without_times_gives_none(observed: Callable[..., TrialRecord]) -> None:
    assert softirq_ns(observed(5, 5, ns=None), "hrtimer") is None


def test_the_truth_of_a_simulated_host_is_found(observed: Callable[..., TrialRecord]) -> None:
    """Softirqs of random length, of which 40 % are over tasks where nothing is seen."""
    rng = np.random.default_rng(1)
    lengths = rng.lognormal(10, 0.5, 2_000)
    visible = rng.random(2_000) < 0.6
    record = observed(int(visible.sum()), 2_000, round(lengths[visible].sum()))
    assert softirq_ns(record, "hrtimer") == pytest.approx(lengths.sum(), rel=0.05)


def test_softirqs_that_last_longer_unseen_make_the_time_too_small(
    observed: Callable[..., TrialRecord],
) -> None:
    """The assumption, broken: what is not seen takes twice as long. The error is known."""
    seen, unseen, ns = 600, 400, 1_000
    record = observed(seen, seen + unseen, seen * ns)
    true = seen * ns + unseen * 2 * ns
    assert softirq_ns(record, "hrtimer") == pytest.approx(true * 1_000 / 1_400)
