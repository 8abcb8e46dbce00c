from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.host.processes import PF_KTHREAD
from bench.host.realtime import busy_realtime, realtime_threads

Tree = Callable[[dict[str, str]], Path]


def stat(tid: int, name: str, *, policy: int, ticks: int = 0, flags: int = 0) -> str:
    fields = ["0"] * 50
    fields[0], fields[6], fields[11], fields[38] = "S", str(flags), str(ticks), str(policy)
    return f"{tid} ({name}) {' '.join(fields)}\n"


def test_real_time_threads_of_user_space_are_found(tree: Tree) -> None:
    root = tree(
        {
            "proc/1/task/1/stat": stat(1, "init", policy=0),
            "proc/7/task/7/stat": stat(7, "migration/0", policy=1, flags=PF_KTHREAD),
            "proc/9/task/9/stat": stat(9, "audio) x", policy=2),
            "proc/9/task/10/stat": stat(10, "worker", policy=6, ticks=5),
            "proc/12/task/12/stat": "",
        }
    )
    found = realtime_threads(root)
    assert {tid: (each.name, each.policy) for tid, each in found.items()} == {
        9: ("audio) x", "rr"),
        10: ("worker", "deadline"),
    }


@pytest.mark.parametrize(("ticks", "said"), [(1, []), (1_000_000, ["hog (thread 9, policy fifo)"])])
def test_only_what_takes_much_of_a_cpu_is_said(ticks: int, said: list[str], tree: Tree) -> None:
    file = "proc/9/task/9/stat"
    root = tree({file: stat(9, "hog", policy=1)})

    def work(seconds: float) -> None:
        tree({file: stat(9, "hog", policy=1, ticks=ticks)})

    found = busy_realtime(root, 0.25, work)
    assert [line.partition(" takes ")[0] for line in found] == said


def test_a_thread_of_our_own_is_found_on_this_host() -> None:
    done, ready = threading.Event(), threading.Event()
    failed: list[OSError] = []

    def sleep() -> None:
        try:
            os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))
        except OSError as error:
            failed.append(error)
        ready.set()
        done.wait()

    thread = threading.Thread(target=sleep)
    thread.start()
    ready.wait()
    try:
        if failed:
            pytest.skip(f"no real-time policies here: {failed[0]}")
        assert realtime_threads()[thread.native_id or 0].policy == "rr"
    finally:
        done.set()
        thread.join()
