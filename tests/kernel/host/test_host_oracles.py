"""What is read of this host, against other tools that read the same."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import threading
import time
from pathlib import Path

from bench.host.ksoftirqd import find_ksoftirqd, thread_time
from bench.host.mounts import find_mounts
from bench.host.noise import noise_snapshot
from tests.running import running


def output(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def test_ksoftirqd_against_ps() -> None:
    for cpu, pid in find_ksoftirqd().items():
        parent, allowed, name = output("ps", "-o", "ppid=,psr=,comm=", "-p", str(pid)).split()
        assert (parent, allowed, name) == ("2", str(cpu), f"ksoftirqd/{cpu}")
        assert os.sched_getaffinity(pid) == {cpu}


def test_there_is_one_ksoftirqd_per_online_cpu() -> None:
    assert len(find_ksoftirqd()) == int(output("getconf", "_NPROCESSORS_ONLN"))


def test_thread_time_against_clock_ticks() -> None:
    """Of a thread that computes: this one, whose CPU time the C library tells too."""
    begin, before = time.thread_time_ns(), thread_time((threading.get_native_id(),))
    while time.thread_time_ns() - begin < 100_000_000:
        pass
    used = thread_time((threading.get_native_id(),)).cpu_ns - before.cpu_ns
    tick_ns = 10_000_000
    assert abs(used - (time.thread_time_ns() - begin)) <= 2 * tick_ns


def test_mounts_against_findmnt() -> None:
    listed = json.loads(output("findmnt", "--json", "--list", "-o", "TARGET,FSTYPE"))
    points = {(Path(item["target"]), item["fstype"]) for item in listed["filesystems"]}
    found = find_mounts()
    for name, kind in (
        ("tracefs", "tracefs"),
        ("bpffs", "bpf"),
        ("debugfs", "debugfs"),
        ("cgroup2", "cgroup2"),
    ):
        point = getattr(found, name)
        if point is None:
            assert kind not in {fstype for _, fstype in points}
        else:
            assert (point, kind) in points


def test_interrupts_against_proc_interrupts() -> None:
    """The sum of all numbered and named interrupts, within intervals of each other."""
    outer = _interrupts()
    first = noise_snapshot(())
    time.sleep(0.2)
    second = noise_snapshot(())
    assert 0 <= second.since(first).interrupts <= (_interrupts() - outer) * 1.1 + 10


def _interrupts() -> int:
    total = 0
    for line in Path("/proc/interrupts").read_text().splitlines()[1:]:
        counts = line.partition(":")[2].split()
        total += sum(int(count) for count in counts[: os.cpu_count()] if count.isdigit())
    return total


def test_involuntary_switches_against_getrusage() -> None:
    """A rival on the same CPU pushes us off; each interval lies within the next."""
    outer = _own_switches()
    before = noise_snapshot((os.getpid(),))
    inner = _own_switches()
    for _ in range(10):
        compete(seconds=0.5)
        if _own_switches() > inner:
            break
    inner = _own_switches() - inner
    change = noise_snapshot((os.getpid(),)).since(before)
    outer = _own_switches() - outer
    assert inner > 0
    assert inner <= change.involuntary_switches <= outer


def _own_switches() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_nivcsw


def compete(seconds: float) -> None:
    """Compute on one CPU together with another process, which ends even if we are killed."""
    cpus, end = os.sched_getaffinity(0), time.monotonic() + seconds
    os.sched_setaffinity(0, {min(cpus)})
    try:
        with running(["timeout", "10", "sh", "-c", "while :; do :; done"]):
            while time.monotonic() < end:
                pass
    finally:
        os.sched_setaffinity(0, cpus)
