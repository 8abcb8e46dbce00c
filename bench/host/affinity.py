"""Threads on the CPU that they should be on."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager

from bench.errors import BenchError
from bench.host.cpus import find_cpus, format_cpu_list


def pin(cpus: Collection[int]) -> None:
    """From now on the calling thread runs on these CPUs only.

    Raises:
        BenchError: Not even one of them is online and allowed.
    """
    try:
        os.sched_setaffinity(0, cpus)
    except OSError as error:
        why = find_cpus().without(min(cpus)) or error.strerror
        raise BenchError(
            f"cannot run on CPU {format_cpu_list(cpus)}: {why}",
            remedy="Was it taken offline, or out of the cpuset? Start a new run",
        ) from error


@contextmanager
def running_on(cpu: int) -> Iterator[None]:
    """The calling thread runs on this CPU alone until the block ends.

    Raises:
        BenchError: The CPU is offline or not allowed.
    """
    before = os.sched_getaffinity(0)
    pin({cpu})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
