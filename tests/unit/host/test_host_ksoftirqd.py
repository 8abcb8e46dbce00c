from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bench.errors import BenchError
from bench.host.ksoftirqd import find_ksoftirqd, freeing_threads, thread_time
from bench.host.processes import PF_KTHREAD
from tests.running import running

CpuTree = Callable[..., Path]
USER_FLAGS = 0x0040_0000


def add_thread(
    proc: Path, pid: int, comm: str, *, parent: int = 2, flags: int = PF_KTHREAD, cpus: str = "0-1"
) -> None:
    folder = proc / str(pid)
    folder.mkdir()
    (folder / "stat").write_text(f"{pid} ({comm}) S {parent} 0 0 0 -1 {flags} 0 0 0 0 0 0 0 0\n")
    (folder / "status").write_text(f"Name:\t{comm}\nCpus_allowed_list:\t{cpus}\n")
    (folder / "schedstat").write_text(f"{pid}000 {pid} 3\n")


@pytest.fixture
def proc(cpu_tree: CpuTree) -> Path:
    proc = cpu_tree(possible="0-3", online="0-1", allowed="0") / "proc"
    (proc / "sys").mkdir()
    add_thread(proc, 1, "init", parent=0, flags=USER_FLAGS)
    add_thread(proc, 2, "kthreadd", parent=0)
    add_thread(proc, 14, "ksoftirqd/0", cpus="0")
    add_thread(proc, 22, "ksoftirqd/1", cpus="1")
    return proc


def test_one_thread_per_online_cpu(proc: Path) -> None:
    assert find_ksoftirqd(proc.parent) == {0: 14, 1: 22}


@pytest.mark.parametrize(
    "impostor",
    [
        {"comm": "ksoftirqd/0", "flags": USER_FLAGS, "cpus": "0"},
        {"comm": "ksoftirqd/0", "parent": 1, "cpus": "0"},
        {"comm": "ksoftirqd/0", "cpus": "0-1"},
        {"comm": "ksoftirqd/01", "cpus": "0"},
        {"comm": "ksoftirqd/0) S 2", "flags": USER_FLAGS, "cpus": "0"},
        {"comm": "kthreadd", "parent": 0, "flags": USER_FLAGS},
    ],
)
def test_impostors_do_not_match(proc: Path, impostor: dict[str, object]) -> None:
    add_thread(proc, 5, **impostor)  # type: ignore[arg-type]
    add_thread(proc, 99, **impostor)  # type: ignore[arg-type]
    assert find_ksoftirqd(proc.parent) == {0: 14, 1: 22}


def test_a_child_of_a_false_kthreadd_does_not_match(proc: Path) -> None:
    add_thread(proc, 50, "kthreadd", parent=0, flags=USER_FLAGS)
    add_thread(proc, 51, "ksoftirqd/0", parent=50, cpus="0")
    assert find_ksoftirqd(proc.parent) == {0: 14, 1: 22}


def test_a_cpu_without_a_thread_is_an_error(proc: Path, cpu_tree: CpuTree) -> None:
    cpu_tree(possible="0-3", online="0-2", allowed="0")
    with pytest.raises(BenchError, match=r"no ksoftirqd match for CPU 2.*containers"):
        find_ksoftirqd(proc.parent)


def test_two_threads_for_a_cpu_are_an_error(proc: Path) -> None:
    add_thread(proc, 98, "ksoftirqd/1", cpus="1")
    with pytest.raises(BenchError, match="2 bound to it alone"):
        find_ksoftirqd(proc.parent)


def test_accounts_are_added_up(proc: Path) -> None:
    total = thread_time((14, 22), proc)
    assert (total.cpu_ns, total.runq_delay_ns) == (36_000, 36)


def test_a_thread_that_is_gone_is_an_error(proc: Path) -> None:
    with pytest.raises(BenchError, match="thread 77"):
        thread_time((77,), proc)


RENAMED = """
import os, signal
with open("/proc/self/comm", "w") as comm:
    comm.write("ksoftirqd/0")
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
print("renamed", flush=True)
signal.pause()
"""


@pytest.fixture
def renamed() -> Iterator[int]:
    """A real process that calls itself ksoftirqd/0 and stays on one CPU."""
    with running([sys.executable, "-c", RENAMED]) as process:
        assert process.stdout is not None and process.stdout.readline() == "renamed\n"
        yield process.pid


def test_a_renamed_user_process_does_not_match(renamed: int) -> None:
    assert Path(f"/proc/{renamed}/comm").read_text() == "ksoftirqd/0\n"
    try:
        found = find_ksoftirqd()
    except BenchError as error:
        pytest.skip(f"kernel threads are not visible: {error}")
    assert renamed not in found.values()


def test_threads_that_free_memory_are_kernel_threads_of_these_names(proc: Path) -> None:
    add_thread(proc, 30, "kworker/0:1-events")
    add_thread(proc, 31, "rcu_preempt")
    add_thread(proc, 32, "kworker/0:2", flags=USER_FLAGS)
    add_thread(proc, 33, "rcu_gp")
    (proc / "33" / "schedstat").unlink()  # It ends just now.
    assert freeing_threads(proc) == {30: 30_000, 31: 31_000}
