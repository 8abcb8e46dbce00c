"""Life of the observers with hooks: what they leave behind, how long they take, how they fail."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from operator import not_

import pytest

from bench.errors import BenchError
from bench.host.ksoftirqd import find_ksoftirqd
from bench.observers.base import Observer
from bench.observers.bcc_build import compiled_program
from bench.observers.bcc_observer import BccObserver
from bench.observers.slots import HOOKS, SlotsObserver
from bench.observers.usual import UsualObserver
from tests.kernel.leftovers import bpftool
from tests.kernel.observers.conftest import send_datagrams
from tests.running import running
from tests.waiting import wait_until

ATTACH_LIMIT_S = 0.1
ATTACH_FOREVER = """
import signal
import sys
from bench.host.ksoftirqd import find_ksoftirqd
from bench.observers.registry import make_observer
from bench.spec import ObserverName
make_observer(ObserverName(sys.argv[1]), find_ksoftirqd()).start()
print("started", flush=True)
signal.pause()
"""


def attached() -> set[tuple[int, str]]:
    """Raw tracepoints that any program of the host is attached to, by link id."""
    links = bpftool("link")
    return {(link["id"], link["tp_name"]) for link in links if link.get("tp_name") in HOOKS}


def programs() -> set[int]:
    """Ids of programs with our names."""
    return {item["id"] for item in bpftool("prog") if item.get("name") in HOOKS.values()}


def duration_s(action: Callable[[], object]) -> float:
    begin = time.perf_counter()
    action()
    return time.perf_counter() - begin


def test_attached_between_start_and_stop_only(hooks: SlotsObserver) -> None:
    before = attached()
    hooks.start()
    assert sorted(name for _, name in attached() - before) == sorted(HOOKS)
    hooks.stop()
    wait_until("no link", lambda: attached() - before, not_)
    hooks.stop()


def test_attaching_and_detaching_are_quick(hooks: SlotsObserver) -> None:
    times = [(duration_s(hooks.start), duration_s(hooks.stop)) for _ in range(10)]
    assert max(min(column) for column in zip(*times, strict=True)) < ATTACH_LIMIT_S


@pytest.mark.parametrize("name", ["bcc", "core"])
def test_a_killed_process_leaves_nothing(name: str) -> None:
    links, loaded = attached(), programs()
    with running([sys.executable, "-c", ATTACH_FOREVER, name]) as runner:
        assert runner.stdout is not None
        assert runner.stdout.readline() == "started\n"
        assert len(attached() - links) == len(HOOKS)
        runner.send_signal(signal.SIGKILL)
    wait_until("no link, no program", lambda: (attached() - links) | (programs() - loaded), not_)


def test_what_happens_while_stopped_is_not_counted(hooks: SlotsObserver) -> None:
    with hooks:
        before = hooks.snapshot()
    send_datagrams(5_000)
    with hooks:
        change = hooks.snapshot().since(before)
    assert change.softirq_count is not None and change.softirq_ns is not None
    assert change.softirq_count["net_rx"] < 1_000
    # Nothing that was running at the stop is taken to have run ever since.
    assert sum(change.softirq_ns.values()) < change.t_ns // 2


def test_a_second_observer_is_refused(hooks: SlotsObserver) -> None:
    with hooks, pytest.raises(BenchError, match="started already"):
        type(hooks)(find_ksoftirqd()).start()
    with hooks:
        hooks.snapshot()


def test_starting_twice_is_refused(hooks: SlotsObserver) -> None:
    with hooks, pytest.raises(BenchError, match="started already"):
        hooks.start()


def test_it_works_as_an_observer(bcc: BccObserver) -> None:
    observer: Observer = bcc
    facts = observer.info().detail
    assert observer.info().name == "bcc"
    assert facts["kernel"] == os.uname().release
    assert facts["headers"][0].isdigit()
    assert (facts["headers_match"] == "yes") == (facts["headers"] == facts["kernel"])


def test_missing_headers_are_an_error_with_a_remedy(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], bcc: BccObserver
) -> None:
    monkeypatch.setenv("BCC_KERNEL_SOURCE", "/nonexistent")
    with pytest.raises(BenchError) as caught:
        compiled_program.__wrapped__()
    assert "kernel headers" in caught.value.problem
    assert caught.value.remedy.endswith("or choose `--observer core`, which needs none")
    assert caught.value.detail
    assert capfd.readouterr() == ("", "")


def test_without_headers_core_stands_in_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BCC_KERNEL_SOURCE", "/nonexistent")
    monkeypatch.setattr("bench.observers.usual.compiled_program", compiled_program.__wrapped__)
    with UsualObserver(find_ksoftirqd()) as observer:
        before = observer.snapshot()
        send_datagrams(2_000)
        seen = observer.snapshot().since(before)
    assert seen.softirq_ns is not None and seen.softirq_ns["net_rx"] > 0
    with UsualObserver(find_ksoftirqd()) as observer:
        assert observer.info().name == "core"
        assert "kernel headers" in observer.info().detail["instead of bcc"]
        assert "kernel headers" in observer.remark


def test_a_snapshot_is_cheap(hooks: SlotsObserver) -> None:
    with hooks:
        times = [duration_s(hooks.snapshot) for _ in range(100)]
    assert min(times) < 0.001
