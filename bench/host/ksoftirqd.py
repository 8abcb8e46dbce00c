"""ksoftirqd and other kernel threads: found by what they are, and their accounts in /proc."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bench.errors import BenchError
from bench.host.cpus import find_cpus
from bench.host.facts import ROOT
from bench.host.processes import PROC, Process, processes
from bench.words.plurals import counted

FREEING = ("kworker/", "rcu")
"""How the names begin of threads that run kfree_rcu batches, call_rcu and deferred work."""
OWN_HOST = "Run on the host itself, outside of containers: kernel threads must be visible"


@dataclass(frozen=True, slots=True)
class ThreadTime:
    """Scheduler's account of threads, cumulative; source: ``/proc/PID/schedstat``.

    Attributes:
        cpu_ns: Time on a CPU. The kernel brings it up to date at ticks and switches.
        runq_delay_ns: Time spent runnable but waiting for a CPU.
    """

    cpu_ns: int
    runq_delay_ns: int


def find_ksoftirqd(root: Path = ROOT) -> dict[int, int]:
    """CPU -> pid of its ksoftirqd, for every online CPU.

    A thread counts only if it is a kernel thread made by kthreadd, is called exactly
    ``ksoftirqd/N`` and may run on CPU N alone: a name by itself can be chosen by anyone.

    Raises:
        BenchError: An online CPU has no such thread, or /proc does not show them.
    """
    proc = root / "proc"
    threads = list(_kernel_threads(proc))
    found = {}
    for cpu in find_cpus(root).online:
        named = [thread.pid for thread in threads if thread.comm == f"ksoftirqd/{cpu}"]
        bound = [pid for pid in named if _allowed_cpus(proc, pid) == str(cpu)]
        if len(bound) != 1:
            of_that_name = counted(len(named), "kernel thread")
            seen = f"{of_that_name} of that name, {len(bound)} bound to it alone"
            raise BenchError(f"no ksoftirqd match for CPU {cpu}: {seen}", remedy=OWN_HOST)
        found[cpu] = bound[0]
    return found


def freeing_threads(proc: Path = PROC) -> dict[int, int]:
    """pid -> CPU time, ns, of the kernel threads that free memory: kworkers and those of RCU.

    Threads that end meanwhile are left out, and all of them on a kernel without CONFIG_SCHED_INFO.
    """
    found = {}
    for thread in _kernel_threads(proc):
        if thread.comm.startswith(FREEING):
            with suppress(BenchError):
                found[thread.pid] = thread_time([thread.pid], proc).cpu_ns
    return found


def thread_time(pids: Iterable[int], proc: Path = PROC) -> ThreadTime:
    """Sum of the scheduler's accounts of these threads.

    Raises:
        BenchError: A thread is gone, or the kernel has no CONFIG_SCHED_INFO.
    """
    cpu_ns = delay_ns = 0
    for pid in pids:
        path = proc / str(pid) / "schedstat"
        try:
            on_cpu, waiting, _ = path.read_text().split()
        except (OSError, ValueError) as error:
            raise BenchError(
                f"cannot read the CPU time of thread {pid} from {path}: {error}",
                remedy="Was a CPU taken offline? Start a new run",
            ) from error
        cpu_ns += int(on_cpu)
        delay_ns += int(waiting)
    return ThreadTime(cpu_ns, delay_ns)


def _kernel_threads(proc: Path) -> Iterator[Process]:
    threads = {thread.pid: thread for thread in processes(proc)}
    for thread in threads.values():
        parent = threads.get(thread.parent)
        if thread.in_kernel and parent is not None and _is_kthreadd(parent):
            yield thread


def _is_kthreadd(thread: Process) -> bool:
    return thread.comm == "kthreadd" and thread.parent == 0 and thread.in_kernel


def _allowed_cpus(proc: Path, pid: int) -> str | None:
    for line in (proc / str(pid) / "status").read_text().splitlines():
        name, _, value = line.partition(":")
        if name == "Cpus_allowed_list":
            return value.strip()
    return None
