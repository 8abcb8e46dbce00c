from __future__ import annotations

import pytest

from bench.reason import Code
from bench.record import Callbacks, CpuUse
from bench.trial.steal import steal_rules
from bench.units import NS_PER_MS, NS_PER_S


def use(*stolen_ms: int, window_ns: int = NS_PER_S) -> CpuUse:
    return CpuUse(
        window_ns=window_ns,
        cpus=list(range(len(stolen_ms))),
        idle_ns=[0] * len(stolen_ms),
        steal_ns=[ms * NS_PER_MS for ms in stolen_ms],
        source="proc_stat",
        step_ns=1,
    )


def callbacks(**by_cpu: int) -> Callbacks:
    counts = {name.removeprefix("cpu"): count for name, count in by_cpu.items()}
    fired = sum(counts.values())
    return Callbacks(fired=fired, offered_hz=None, fired_hz=fired, served=None, by_cpu=counts)


def test_one_stolen_cpu_of_many_counts_if_it_ran_timers() -> None:
    (reason,) = steal_rules(use(*[0] * 63, 1_000), callbacks(cpu0=50, cpu63=50), 0.1)
    assert reason.code is Code.STEAL
    assert reason.text == "steal of CPU 63, which ran timers, 100% is above 10%"


@pytest.mark.parametrize(
    ("stolen", "counts"),
    [
        ((0, 500), {"cpu0": 100}),  # No timer ran on it.
        ((0, 500), {"cpu0": 1_000, "cpu1": 9}),  # Next to none.
        ((100, 100), {"cpu0": 50, "cpu1": 50}),  # At the bound.
        ((500, 500), {}),  # Nothing is known of where they ran.
    ],
)
def test_else_it_does_not(stolen: tuple[int, ...], counts: dict[str, int]) -> None:
    assert steal_rules(use(*stolen), callbacks(**counts), 0.1) == []


def test_without_callbacks_there_is_no_rule() -> None:
    assert steal_rules(use(500), None, 0.1) == []


def test_one_tick_says_little_however_short_the_window() -> None:
    short = 50 * NS_PER_MS
    assert steal_rules(use(10, window_ns=short), callbacks(cpu0=50), 0.1) == []
    assert steal_rules(use(20, window_ns=short), callbacks(cpu0=50), 0.1)
