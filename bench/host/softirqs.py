"""Softirqs by the kernel's own count: names, numbers and counts of its vectors."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from bench.errors import BenchError, explained

PROC = Path("/proc")
HRTIMER = "hrtimer"
"""The vector in which callbacks of bpf_timer run."""


def softirq_counts(proc: Path = PROC) -> dict[str, int]:
    """Vector in lower case -> softirqs entered since boot, all CPUs, in the order of numbers.

    Source: ``/proc/softirqs``, a row per vector from number 0 on and a column per possible CPU
    (``show_softirqs`` of ``fs/proc/softirqs.c``).

    Raises:
        BenchError: The file cannot be read.
    """
    path = proc / "softirqs"
    with explained(f"read {path}", remedy="Mount procfs on /proc"):
        lines = path.read_text().splitlines()
    rows = (line.partition(":") for line in lines if ":" in line)
    return {name.strip().lower(): sum(map(int, counts.split())) for name, _, counts in rows}


@cache
def vectors(proc: Path = PROC) -> tuple[str, ...]:
    """Names of this kernel's vectors by number, lower case; read once.

    Raises:
        BenchError: /proc does not list them.
    """
    return tuple(softirq_counts(proc))


def vector_name(number: int) -> str:
    """Name of a vector; its number where this kernel has no name for it."""
    known = vectors()
    return known[number] if number < len(known) else f"vec{number}"


def vector_number(name: str, proc: Path = PROC) -> int:
    """Number of a vector on this kernel.

    Raises:
        BenchError: It has none of this name.
    """
    try:
        return vectors(proc).index(name)
    except ValueError:
        raise BenchError(f"no softirq vector {name} in {proc / 'softirqs'}") from None
