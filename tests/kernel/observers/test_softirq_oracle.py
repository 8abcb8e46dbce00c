"""BCC's softirq figures against the kernel's own counts and against ftrace."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bench.host.ksoftirqd import find_ksoftirqd
from bench.host.mounts import find_mounts
from bench.observers.base import ObserverSnapshot
from bench.observers.bcc_observer import BccObserver
from bench.observers.procfs import ProcfsObserver, softirq_counts
from bench.record import TrialRecord
from bench.spec import Cell
from bench.units import NS_PER_S
from tests.kernel.conftest import require
from tests.kernel.observers.conftest import send_datagrams

DATAGRAMS = 20_000
BLIND_SHARE, BLIND_COUNT = 0.1, 20
EVENT = re.compile(r"\[(\d+)\].*? (\d+)\.(\d{6}): softirq_(entry|exit): vec=\d+ \[action=(\w+)\]")


def test_counts_against_the_kernels(bcc: BccObserver) -> None:
    """Each interval lies within the next, so that the ends need no tolerance.

    But the kernel counts a softirq just before our hook sees it: one per CPU. And some
    kernels run no BPF over certain tasks, so that ftrace sees softirqs there and we do not.
    """
    with bcc:
        outer_begin = softirq_counts()
        begin = bcc.snapshot()
        inner_begin = softirq_counts()
        send_datagrams(DATAGRAMS)
        inner_end = softirq_counts()
        end = bcc.snapshot()
        outer_end = softirq_counts()
    counted = end.since(begin).softirq_count
    assert counted is not None
    assert counted["net_rx"] >= DATAGRAMS // 2
    slack = os.cpu_count() or 1
    for vector, count in counted.items():
        least = inner_end[vector] - inner_begin[vector]
        assert least - slack - max(BLIND_SHARE * least, BLIND_COUNT) <= count, vector
        assert count <= outer_end[vector] - outer_begin[vector] + slack, vector
    least = inner_end["net_rx"] - inner_begin["net_rx"]
    assert counted["net_rx"] == pytest.approx(least, rel=0.02)


def test_vectors_are_those_of_the_kernel(bcc: BccObserver) -> None:
    with bcc, ProcfsObserver(find_ksoftirqd()) as procfs:
        ours, theirs = bcc.snapshot().softirq_count, procfs.snapshot().softirq_count
    assert ours is not None and theirs is not None
    assert set(ours) == set(theirs)


@pytest.fixture
def trace() -> Iterator[Path]:
    """A trace instance of its own that records softirqs, with CLOCK_MONOTONIC."""
    tracefs = find_mounts().tracefs
    require(None if tracefs else "tracefs is not mounted")
    assert tracefs is not None
    instance = tracefs / "instances" / f"bench-test-{os.getpid()}"
    instance.mkdir()
    try:
        (instance / "trace_clock").write_text("mono")
        (instance / "buffer_size_kb").write_text("16384")
        for event in ("softirq_entry", "softirq_exit"):
            (instance / f"events/irq/{event}/enable").write_text("1")
        yield instance
    finally:
        instance.rmdir()


def traced_ns(instance: Path, begin: ObserverSnapshot, end: ObserverSnapshot) -> dict[str, int]:
    """Vector -> time between entry and exit, for softirqs within the interval."""
    total: dict[str, int] = {}
    entered: dict[str, int] = {}
    for cpu, seconds, micros, event, action in EVENT.findall((instance / "trace").read_text()):
        now = int(seconds) * NS_PER_S + int(micros) * 1_000
        if event == "entry":
            entered[cpu] = now
        elif cpu in entered and begin.t_ns <= entered[cpu] and now <= end.t_ns:
            total[action.lower()] = total.get(action.lower(), 0) + now - entered.pop(cpu)
    return total


def test_time_against_ftrace(
    bcc: BccObserver,
    trace: Path,
    make_cell: Callable[..., Cell],
    measure: Callable[..., TrialRecord],
) -> None:
    """Timers in bulk: long HRTIMER softirqs, for which a microsecond of ftrace is little."""
    cell = make_cell(map_size=50_000, timeout_ns=100_000_000)
    with bcc:
        (trace / "trace").write_text("")
        begin = bcc.snapshot()
        measure(cell, duration=300_000_000)
        end = bcc.snapshot()
        (trace / "tracing_on").write_text("0")
    ours, theirs = end.since(begin).softirq_ns, traced_ns(trace, begin, end)
    assert ours is not None
    assert theirs["hrtimer"] > 10_000_000
    assert ours["hrtimer"] == pytest.approx(theirs["hrtimer"], rel=0.1)
