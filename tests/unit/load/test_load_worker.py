from __future__ import annotations

import os
import random
import time
from pathlib import Path

import pytest

from bench.errors import BenchError
from bench.load import busy
from bench.load.worker import Worker
from tests.waiting import wait_until


def cpu_ns(pid: int) -> int:
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0])


def test_a_worker_computes_from_its_beginning_to_its_end() -> None:
    worker = Worker(min(os.sched_getaffinity(0)), 100, seed=1)
    try:
        worker.ready()
        before = cpu_ns(worker.pid)
        worker.begin()
        wait_until(
            "20 ms of CPU time", lambda: cpu_ns(worker.pid) - before, lambda ns: ns >= 20_000_000
        )
        worker.check()
    finally:
        worker.close()
    assert not Path(f"/proc/{worker.pid}").exists()


def test_a_dead_worker_is_noticed() -> None:
    worker = Worker(min(os.sched_getaffinity(0)), 50, seed=1)
    try:
        worker.ready()
        os.kill(worker.pid, 9)
        end = time.monotonic() + 10
        with pytest.raises(BenchError, match=r"the busy process .* died, exit code -9"):
            while time.monotonic() < end:
                worker.check()
                time.sleep(0.01)
    finally:
        worker.close()


@pytest.mark.parametrize("duty_percent", [1, 30, 100])
def test_pauses_are_what_the_duty_leaves(
    duty_percent: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, paused = [0.0], []
    monkeypatch.setattr(time, "monotonic", lambda: now.__setitem__(0, now[0] + 1e-5) or now[0])
    monkeypatch.setattr(time, "sleep", paused.append)
    rng = random.Random(7)
    for _ in range(200):
        busy.compute(duty_percent, rng)
    assert len(paused) == 200
    expected = busy.SLICE_S * (100 - duty_percent) / 100
    assert sum(paused) / 200 == pytest.approx(expected, rel=0.1)
