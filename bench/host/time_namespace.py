"""Whether the clocks that this process reads are those that BPF programs read.

In a time namespace they are not: programs read the clocks of the host, so a deadline given to them
has passed long ago, or never comes. Source: time_namespaces(7).
"""

from __future__ import annotations

from pathlib import Path

from bench.errors import BenchError
from bench.host.facts import ROOT, text

OFFSETS = "proc/self/timens_offsets"
REMEDY = (
    "Start bench outside of the time namespace: nsenter --time=/proc/1/ns/time, or as a "
    "container without one"
)


def offsets_s(root: Path = ROOT) -> dict[str, float]:
    """Clock -> seconds by which it is ahead of the host's; of those that are not the host's.

    Kernels without time namespaces have no such file, and nothing is ahead.
    """
    found = {}
    for line in (text(root, OFFSETS) or "").splitlines():
        clock, seconds, ns = line.split()
        ahead = int(seconds) + int(ns) / 1e9
        if ahead:
            found[clock] = ahead
    return found


def require_clocks(root: Path = ROOT) -> None:
    """Refuse to measure with clocks that programs do not share.

    Raises:
        BenchError: Naming each clock and by how much it differs.
    """
    found = offsets_s(root)
    if found:
        ahead = " and ".join(f"{clock} by {seconds:+g} s" for clock, seconds in found.items())
        raise BenchError(
            f"this process is in a time namespace: its clocks differ from those of BPF programs, "
            f"{ahead}",
            remedy=REMEDY,
        )
