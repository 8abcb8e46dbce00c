from __future__ import annotations

from bench.observers.base import ObserverSnapshot


def snapshot(t_ns: int, **changes: object) -> ObserverSnapshot:
    fields: dict[str, object] = {
        "softirq_ns": {"hrtimer": t_ns * 2, "rcu": 5},
        "softirq_count": {"hrtimer": t_ns},
        "softirq_total": {"hrtimer": t_ns * 3},
        "cpu_ns": t_ns // 10,
        "runq_delay_ns": t_ns // 100,
        "wakeups": 7,
        "thread_ns": {"hrtimer": t_ns},
        "thread_count": {"hrtimer": t_ns // 2},
        "missed": {"on_sched_switch": t_ns // 1_000},
    }
    return ObserverSnapshot(t_ns=t_ns, **(fields | changes))  # type: ignore[arg-type]


def test_difference_of_every_figure() -> None:
    change = snapshot(3_000).since(snapshot(1_000))
    assert change.t_ns == 2_000
    assert change.softirq_ns == {"hrtimer": 4_000, "rcu": 0}
    assert change.softirq_count == {"hrtimer": 2_000}
    assert change.softirq_total == {"hrtimer": 6_000}
    assert (change.cpu_ns, change.runq_delay_ns, change.wakeups) == (200, 20, 0)
    assert change.thread_ns == {"hrtimer": 2_000} and change.thread_count == {"hrtimer": 1_000}
    assert change.missed == {"on_sched_switch": 2}


def test_what_cannot_be_measured_stays_unknown() -> None:
    figures = ("softirq_ns", "softirq_count", "softirq_total", "runq_delay_ns", "wakeups")
    figures += ("thread_ns", "thread_count", "missed")
    blind = dict.fromkeys(figures)
    change = snapshot(2, **blind).since(snapshot(1, **blind))
    assert change.softirq_ns is None
    assert change.softirq_count is None and change.softirq_total is None
    assert change.runq_delay_ns is None
    assert change.wakeups is None
    assert change.thread_ns is None and change.thread_count is None and change.missed is None


def test_a_vector_that_appears_later_counts_from_zero() -> None:
    later = snapshot(2_000, softirq_count={"hrtimer": 2_000, "vec10": 4})
    assert later.since(snapshot(1_000)).softirq_count == {"hrtimer": 1_000, "vec10": 4}
