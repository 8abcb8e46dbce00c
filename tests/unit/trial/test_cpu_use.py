from __future__ import annotations

from dataclasses import replace

from bench.host.idle_account import IdleAccount, IdleSnapshot
from bench.host.processes import Process
from bench.trial.cpu_use import cpu_use_of

OPENING = IdleSnapshot(
    1_000, {0: 100, 1: 200, 2: 0}, {0: 5, 1: 0, 2: 0}, runner_ns=10, freeing_ns={7: 5, 8: 9}
)
CLOSING = IdleSnapshot(
    3_000, {0: 600, 1: 2_300, 3: 9}, {0: 4, 1: 30, 3: 0}, runner_ns=40, freeing_ns={7: 20, 9: 10}
)


def test_differences_of_cpus_that_were_there_all_the_time() -> None:
    use = cpu_use_of(OPENING, CLOSING, IdleAccount(exact=True))
    assert (use.window_ns, use.cpus, use.runner_ns) == (2_000, [0, 1], 30)
    # Steps of the account may exceed the window; steal has been seen to step back.
    assert (use.idle_ns, use.steal_ns) == ([500, 2_000], [0, 30])
    assert use.freeing_ns == 25
    assert use.others_ns == 0
    assert (use.source, use.step_ns, use.exact) == ("proc_stat", 10_000_000, True)


def test_processes_of_others() -> None:
    opening = replace(OPENING, others={1: Process(1, "a", 0, 0, 10, 0)})
    closing = replace(CLOSING, others={1: Process(1, "a", 0, 0, 17, 0)})
    assert cpu_use_of(opening, closing, IdleAccount(exact=True)).others_ns == 7


def test_a_counter_that_steps_back_is_no_negative_time() -> None:
    later = replace(CLOSING, idle_ns={0: 50, 1: 200})
    assert cpu_use_of(OPENING, later, IdleAccount(exact=None)).idle_ns == [0, 0]
