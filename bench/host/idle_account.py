"""Idle time of each CPU, from which follows what everything else took.

Where the tick stops on idle CPUs (NO_HZ), the kernel takes a CPU's idle time as a difference of
clock readings, which ends at each interrupt; elsewhere it charges whole ticks to what they hit.
A test of this host tells which of the two ``/proc/stat`` has.
"""

from __future__ import annotations

import os
import socket
import struct
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from bench.host.affinity import running_on
from bench.host.ksoftirqd import freeing_threads
from bench.host.noise import PROC, NoiseSnapshot, noise_snapshot
from bench.host.others import other_processes
from bench.host.processes import TICK_NS, Process
from bench.units import NS_PER_MS

TEST_NS = 60 * NS_PER_MS
"""Own CPU time of the test: six steps of the account."""
TEST_TRIES = 3
BURST = 0.4
"""Part of a tick that each burst of the test lasts: it begins at a tick and misses the next."""
LOOKS = 5


@dataclass(frozen=True, slots=True)
class IdleSnapshot:
    """Cumulative figures; only differences mean anything.

    Attributes:
        t_ns: When idle time was read, CLOCK_MONOTONIC.
        idle_ns: CPU -> time in which it had nothing to run.
        steal_ns: CPU -> time taken by the hypervisor.
        runner_ns: CPU time of the thread that reads this.
        freeing_ns: pid -> CPU time, of the kernel threads that free memory.
        others: pid -> process, of those that are none of this run.
    """

    t_ns: int
    idle_ns: Mapping[int, int]
    steal_ns: Mapping[int, int]
    runner_ns: int
    freeing_ns: Mapping[int, int] = field(default_factory=dict)
    others: Mapping[int, Process] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class IdleAccount:
    """Idle time by ``/proc/stat``.

    Attributes:
        exact: Whether it is a difference of clock readings; None = not known.
    """

    exact: bool | None
    source: str = "proc_stat"
    step_ns: int = TICK_NS

    def snapshot(self, noise: NoiseSnapshot) -> IdleSnapshot:
        """As of now; of ``/proc/stat`` as it was just read."""
        return IdleSnapshot(
            t_ns=noise.t_ns,
            idle_ns={cpu: time.idle * TICK_NS for cpu, time in noise.cpus.items()},
            steal_ns={cpu: time.steal * TICK_NS for cpu, time in noise.cpus.items()},
            runner_ns=time.thread_time_ns(),
            freeing_ns=freeing_threads(),
            others=other_processes(),
        )


@cache
def find_idle_account() -> IdleAccount:
    """The account of this host; tried once in a process, for less than a second."""
    return IdleAccount(exact=idle_is_exact())


def idle_is_exact(proc: Path = PROC) -> bool | None:
    """Whether ``/proc/stat`` sees bursts of work that lie between two ticks.

    A thread woken by the tick works for less than a tick and waits for the next one: an account
    by ticks never meets it. None where other work hides the answer.
    """
    cpu = min(os.sched_getaffinity(0))
    for _ in range(TEST_TRIES):
        with running_on(cpu):
            own_ns, seen_ns = _bursts(cpu, proc)
        verdict = judged(own_ns, seen_ns)
        if verdict is not None:
            return verdict
    return None


def judged(own_ns: int, seen_ns: int) -> bool | None:
    """Whether an account that saw this much work on a CPU saw ours; None = too much of others."""
    if seen_ns < own_ns // 2:
        return False
    return True if seen_ns <= own_ns + own_ns // 2 else None


def _bursts(cpu: int, proc: Path) -> tuple[int, int]:
    """Own CPU time of a series of bursts, and all that the account saw meanwhile, ns."""
    here, there = socket.socketpair()
    with here, there:
        # A receive timeout counts in ticks (schedule_timeout), and ends right after one.
        here.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("@ll", 0, 1_000))
        burst_ns = int(min(_wait(here) for _ in range(LOOKS)) * BURST)
        first, begin = noise_snapshot((), proc), time.thread_time_ns()
        while time.thread_time_ns() - begin < TEST_NS:
            _wait(here)
            end = time.monotonic_ns() + burst_ns
            while time.monotonic_ns() < end:
                pass
        last, own_ns = noise_snapshot((), proc), time.thread_time_ns() - begin
    idle_ns = (last.cpus[cpu].idle - first.cpus[cpu].idle) * TICK_NS
    return own_ns, last.t_ns - first.t_ns - idle_ns


def _wait(here: socket.socket) -> int:
    """Until the next tick or the one after; how long it took, ns."""
    begin = time.monotonic_ns()
    with suppress(BlockingIOError):
        here.recv(1)
    return time.monotonic_ns() - begin
