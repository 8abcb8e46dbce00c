from __future__ import annotations

import os
import threading
import time

import numpy as np
import numpy.typing as npt
import pytest

from bench.drivers.callers import LARGEST, Callers
from bench.errors import BenchError
from tests.waiting import wait_until


class Kernel:
    """Stands in for a syscall program: adds up what each thread asks for."""

    def __init__(self, answer: int = 0) -> None:
        self.answer = answer
        self.asked: dict[int, int] = {}
        self.largest = 0
        self.lock = threading.Lock()

    def run(self, program: str, arguments: npt.NDArray[np.void]) -> int:
        (call,) = arguments
        with self.lock:
            self.asked[int(call["first"])] = self.asked.get(int(call["first"]), 0) + int(
                call["count"]
            )
            self.largest = max(self.largest, int(call["count"]))
        time.sleep(0.001)
        return self.answer


@pytest.fixture
def cpus(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    monkeypatch.setattr(os, "sched_setaffinity", lambda pid, wanted: None)
    return [0, 3]


@pytest.mark.parametrize("rate_hz", [None, 20_000])
def test_every_thread_calls_for_its_own_keys(rate_hz: int | None, cpus: list[int]) -> None:
    kernel = Kernel()
    with Callers(kernel.run, "work", cpus, rate_hz) as callers:
        callers.start()
        wait_until("calls for two keys", lambda: set(kernel.asked), lambda keys: len(keys) == 2)
        callers.stop()
        assert callers.counts() == {"called": sum(kernel.asked.values())}
    assert set(kernel.asked) == {0, 1} and kernel.largest <= LARGEST


def test_a_schedule_is_not_exceeded(cpus: list[int]) -> None:
    kernel = Kernel()
    begin = time.monotonic()
    with Callers(kernel.run, "work", cpus, 1_000) as callers:
        callers.start()
        wait_until("calls for two keys", lambda: set(kernel.asked), lambda keys: len(keys) == 2)
        callers.stop()
    assert sum(kernel.asked.values()) <= 1_000 * (time.monotonic() - begin)


def test_a_call_that_fails_is_told(cpus: list[int]) -> None:
    with Callers(Kernel(answer=1).run, "work", cpus, None) as callers:
        callers.start()
        with pytest.raises(BenchError, match="calling work failed: it answered other than 0"):
            callers.stop()


def test_one_that_never_started_stops() -> None:
    with Callers(Kernel().run, "work", [0], None) as callers:
        callers.stop()
        assert callers.counts() == {"called": 0}
