from __future__ import annotations

import time
from pathlib import Path

import pytest

from bench.host import idle_account
from bench.host.idle_account import IdleAccount, idle_is_exact, judged
from bench.host.noise import CpuTime, NoiseSnapshot, noise_snapshot
from bench.units import NS_PER_MS


def test_a_snapshot_is_of_proc_stat_in_ns() -> None:
    cpus = {0: CpuTime(100, 3, idle=50), 2: CpuTime(100, 0, idle=70)}
    seen = IdleAccount(exact=True).snapshot(
        NoiseSnapshot(t_ns=77, cpus=cpus, interrupts=0, involuntary={})
    )
    assert (seen.t_ns, seen.idle_ns, seen.steal_ns) == (
        77,
        {0: 500 * NS_PER_MS, 2: 700 * NS_PER_MS},
        {0: 30 * NS_PER_MS, 2: 0},
    )
    assert seen.runner_ns <= time.thread_time_ns()


@pytest.mark.parametrize(
    ("seen_ms", "verdict"), [(0, False), (20, False), (50, True), (90, True), (100, None)]
)
def test_an_account_that_saw_half_of_the_work_or_none_of_it(
    seen_ms: int, verdict: bool | None
) -> None:
    assert judged(60 * NS_PER_MS, seen_ms * NS_PER_MS) is verdict


@pytest.mark.parametrize(("charged", "verdict"), [(0.0, False), (1.0, True), (2.0, None)])
def test_the_bursts_are_compared_with_what_the_account_charges(
    charged: float, verdict: bool | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An account that charges this much of each burst; the clock goes on as it does."""

    def stat(pids: object, proc: Path) -> NoiseSnapshot:
        t_ns = time.monotonic_ns()
        idle_ns = t_ns - int(charged * time.thread_time_ns())
        times = {cpu: CpuTime(0, 0, idle=idle_ns // 10_000_000) for cpu in range(1024)}
        return NoiseSnapshot(t_ns=t_ns, cpus=times, interrupts=0, involuntary={})

    monkeypatch.setattr(idle_account, "noise_snapshot", stat)
    assert idle_is_exact(tmp_path) is verdict


def test_idle_and_iowait_are_idle_time(tmp_path: Path) -> None:
    (tmp_path / "stat").write_text("cpu3 1 2 4 8 16 32 64 128 256 512\nintr 5\n")
    seen = noise_snapshot((), tmp_path)
    assert seen.cpus == {3: CpuTime(total=255, steal=128, idle=24)}
