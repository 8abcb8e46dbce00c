from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from itertools import islice
from typing import Any

import pytest

from bench.drivers.outages import OutagePlan, Outages, changes
from bench.errors import BenchError
from bench.units import NS_PER_MS, NS_PER_S
from tests.waiting import wait_until

PLAN = OutagePlan(
    backends=10, rate_hz=100, length_ns=35 * NS_PER_MS, first_ns=NS_PER_S, seed=7, clock=1
)


def test_the_same_seed_gives_the_same_schedule_and_another_one_another() -> None:
    first, again = (list(islice(changes(PLAN), 100)) for _ in range(2))
    assert first == again
    assert first != list(islice(changes(replace(PLAN, seed=8)), 100))


def test_changes_come_in_order_of_time_from_the_first_on() -> None:
    times = [change.at_ns for change in islice(changes(PLAN), 500)]
    assert times == sorted(times) and times[0] >= PLAN.first_ns


def test_outages_begin_at_the_rate_each_within_its_share() -> None:
    begun = [change.at_ns for change in islice(changes(PLAN), 1000) if change.silent]
    share = NS_PER_S // PLAN.rate_hz
    assert all((at - PLAN.first_ns) // share == n for n, at in enumerate(begun))


def test_an_outage_ends_after_its_length() -> None:
    begun: dict[int, int] = {}
    ended = 0
    for change in islice(changes(PLAN), 1000):
        if change.silent:
            assert change.backend not in begun
            begun[change.backend] = change.at_ns
        else:
            assert change.at_ns - begun.pop(change.backend) == PLAN.length_ns
            ended += 1
    assert ended > 400


@pytest.mark.parametrize("turn", range(5))
def test_every_backend_falls_silent_once_in_a_turn(turn: int) -> None:
    begun = [change.backend for change in islice(changes(PLAN), 200) if change.silent]
    assert sorted(begun[turn * 10 : turn * 10 + 10]) == list(range(10))


def test_the_program_is_told_when_a_backend_is_silenced_and_revived(
    make_map: Callable[[int], Any],
) -> None:
    plan = replace(PLAN, rate_hz=1000, length_ns=5 * NS_PER_MS, first_ns=0)
    silenced, outages = make_map(10), make_map(10)
    begun_ns = time.monotonic_ns()
    with Outages(plan, silenced, outages) as driver:
        driver.start()
        wait_until("30 outages", lambda: driver.counts()["outages_ended"], lambda n: n >= 30)
        driver.stop()
        counts, told = driver.counts(), outages.values.copy()
        since = silenced.values["since_ns"].copy()
        driver.stop()
        assert driver.counts() == counts
    assert 30 <= counts["outages_ended"] <= counts["outages"]
    assert (told["began_ns"] >= begun_ns).all()
    silent = since > 0
    assert silent.sum() == counts["outages"] - counts["outages_ended"]
    assert (since[silent] == told["began_ns"][silent]).all()
    assert (told["ended_ns"][silent] < told["began_ns"][silent]).all()
    assert (told["ended_ns"][~silent] > told["began_ns"][~silent]).all()


def test_a_schedule_that_cannot_be_followed_is_told(make_map: Callable[[int], Any]) -> None:
    plan = replace(PLAN, rate_hz=1000, first_ns=0, clock=999)
    with Outages(plan, make_map(10), make_map(10)) as driver:
        driver.start()
        end = time.monotonic() + 10
        with pytest.raises(BenchError, match="the schedule of outages failed: Invalid argument"):
            while time.monotonic() < end:
                driver.counts()
                time.sleep(0.001)


def test_a_schedule_that_fails_unseen_fails_the_block(make_map: Callable[[int], Any]) -> None:
    plan = replace(PLAN, rate_hz=1000, first_ns=0, clock=999)
    driver = Outages(plan, make_map(10), make_map(10))
    with pytest.raises(BenchError, match="the schedule of outages failed"), driver:
        driver.start()
        driver._thread._threads[0].join(10)
