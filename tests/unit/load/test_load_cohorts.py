"""Connections are counted with those of their own time, whenever they are established."""

from __future__ import annotations

from bench.load.cohorts import Cohorts


def test_a_connection_belongs_to_the_time_when_it_was_due() -> None:
    cohorts = Cohorts()
    cohorts.of(100).attempted += 1
    cohorts.begin(now_ns=100, due=3)
    late, fresh = cohorts.of(100), cohorts.of(101)
    assert late is not fresh
    late.attempted += 1
    for cohort, delay_ns in ((late, 50), (fresh, 7)):
        cohort.connected += 1
        cohort.delays.add(delay_ns)
    before, after = cohorts.report(due=5)
    assert (before.intended, before.attempted, before.connected) == (3, 2, 1)
    assert (after.intended, after.attempted, after.connected) == (2, 0, 1)
    assert (before.delays.max_ns, after.delays.max_ns) == (50, 7)
