"""What others may suffer before a polite trial ends."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bench.host.run_queue import Turn
from bench.record import Politeness
from bench.trial.politeness import Judge, Look, beyond, polite_lines, seen_between
from bench.units import NS_PER_MS, NS_PER_S

QUIET = Politeness(looks=1, cpu_share=0.3, memory_share=0.0, wait_share=0.1, connect_ns=40_000)


def at(t_ns: int, **changes: object) -> Look:
    base = Look(t_ns, {"cpu": 0, "memory": 0}, {7: Turn(), 8: Turn()}, 40_000)
    return replace(base, **changes)  # type: ignore[arg-type]


def test_what_others_met_is_the_difference_of_two_looks() -> None:
    later = at(
        NS_PER_S,
        stalled_ns={"cpu": NS_PER_S // 4, "memory": NS_PER_S // 20},
        turns={7: Turn(100 * NS_PER_MS, 300 * NS_PER_MS), 9: Turn(5 * NS_PER_S, 5 * NS_PER_S)},
        connect_ns=123,
    )
    assert seen_between(at(0), later) == Politeness(
        looks=1, cpu_share=0.25, memory_share=0.05, wait_share=0.75, connect_ns=123
    )


def test_others_that_wait_for_next_to_nothing_do_not_suffer() -> None:
    later = at(NS_PER_S, turns={7: Turn(1, 99 * NS_PER_MS)})
    assert seen_between(at(0), later).wait_share == 0


def test_what_the_kernel_does_not_count_is_not_zero() -> None:
    blind = {"stalled_ns": {}, "turns": {}}
    seen = seen_between(at(0, **blind), at(NS_PER_S, **blind))
    assert (seen.cpu_share, seen.memory_share, seen.wait_share) == (None, None, None)
    assert beyond(seen) == {}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"cpu_share": 0.8}, "waited for a CPU in 80% of the time, at most 75% is polite"),
        ({"memory_share": 0.2}, "waited for memory in 20% of the time, at most 10% is polite"),
        ({"wait_share": 0.6}, "waited for a CPU in 60% of the time in which they wanted one"),
        ({"connect_ns": 30 * NS_PER_MS}, "none of the load took 30ms, at most 10ms is polite"),
    ],
)
def test_two_looks_in_a_row_beyond_a_bound_end_a_trial(change: dict[str, float], said: str) -> None:
    bad = replace(QUIET, **change)
    judge = Judge()
    assert [judge.judge(QUIET), judge.judge(bad), judge.judge(QUIET), judge.judge(bad)] == [
        None
    ] * 4
    found = judge.judge(bad)
    assert found is not None
    assert said in found
    assert judge.seen == replace(bad, looks=5)


def test_two_bounds_passed_once_each_are_no_row() -> None:
    judge = Judge()
    assert judge.judge(replace(QUIET, cpu_share=1.0)) is None
    assert judge.judge(replace(QUIET, wait_share=1.0)) is None


def test_a_plan_states_the_bounds() -> None:
    (line,) = polite_lines()
    for bound in ("for 1s", "75%", "10%", "longer than they run", "10ms"):
        assert bound in line
