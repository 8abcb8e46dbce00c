"""Rounds of operations alone: which CPU prepares, which measures, on which batch."""

from __future__ import annotations

import os
import threading
import time

import numpy as np
import numpy.typing as npt
import pytest

from bench import abi
from bench.drivers.alone import ALL, MEASURE, NUMBERS, PREPARE, ROUND, Batches, entries_for
from bench.programs.churn import BATCH
from tests.waiting import wait_until

CPUS = (0, 3)


class Kernel:
    """Stands in for the syscall program ``alone``: notes each call, and the CPU it is on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.calls: list[tuple[int, dict[str, int]]] = []
        self.pinned = threading.local()
        monkeypatch.setattr(os, "sched_setaffinity", self._pin)

    def _pin(self, pid: int, cpus: set[int]) -> None:
        (self.pinned.cpu,) = cpus

    def run(self, program: str, arguments: npt.NDArray[np.void]) -> int:
        assert program == "alone" and arguments.dtype == abi.ALONE_ARGS
        (call,) = arguments
        names = abi.ALONE_ARGS.names or ()
        self.calls.append((self.pinned.cpu, {name: int(call[name]) for name in names}))
        time.sleep(0.0002)
        return 0


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch) -> Kernel:
    return Kernel(monkeypatch)


def called(kernel: Kernel, callers: int, *, other: bool, number: int) -> int:
    with Batches(kernel.run, CPUS, callers, None, other=other) as batches:
        batches.start()
        wait_until("calls", lambda: len(kernel.calls), lambda found: found >= number)
        batches.stop()
        return batches.counts()["called"]


def test_a_thread_does_whole_rounds_on_the_batch_of_its_cpu(kernel: Kernel) -> None:
    count = called(kernel, 2, other=False, number=10)
    assert {(cpu, call["first"]) for cpu, call in kernel.calls} == {(0, 0), (3, BATCH)}
    assert {(call["operation"], call["parts"]) for _, call in kernel.calls} == {
        (ALL, PREPARE | MEASURE)
    }
    assert count == ROUND * sum(call["rounds"] for _, call in kernel.calls)


def test_one_caller_leaves_the_other_cpus_alone(kernel: Kernel) -> None:
    called(kernel, 1, other=False, number=3)
    assert {cpu for cpu, _ in kernel.calls} == {0}


def test_timers_of_another_cpu_are_prepared_there(kernel: Kernel) -> None:
    called(kernel, 1, other=True, number=2 * len(NUMBERS))
    begun = kernel.calls[: 2 * len(NUMBERS)]
    assert [(cpu, call["parts"]) for cpu, call in begun] == [(3, PREPARE), (0, MEASURE)] * len(
        NUMBERS
    )
    assert [call["operation"] for _, call in begun[::2]] == list(NUMBERS)
    assert {call["seed"] for _, call in begun} == {0}


def test_entries_are_for_a_batch_and_a_queue_on_each_cpu() -> None:
    assert entries_for(queued=1_000, cpus=4) == 4 * (BATCH + 1_000)
