"""Figures of hosts as ratios to those of others, cell by cell. Pure."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from bench.fleet.model import HostRun
from bench.fleet.tables import cells_of


def ratios_to(host: HostRun, other: HostRun, number: int) -> list[float]:
    """The host's figure over the other's, for each cell that has both; ``number`` of the column."""
    return ratios_to_others([host, other], number)[host.name]


def ratios_to_others(hosts: Sequence[HostRun], number: int) -> dict[str, list[float]]:
    """Each host's figure over the median of all others', for each cell that both have.

    Each cell is sorted once, so that many hosts take no more time each than few.
    """
    found: dict[str, list[float]] = {host.name: [] for host in hosts}
    for cell in cells_of(hosts):
        known = [(host.name, host.cells[cell]) for host in hosts if cell in host.cells]
        values = {name: value for name, each in known if (value := each.counted(number))}
        ordered = sorted(values.values())
        for name, value in values.items() if len(ordered) > 1 else ():
            found[name].append(value / median_without(ordered, value))
    return found


def median_without(ordered: Sequence[float], one: float) -> float:
    """Median of sorted values without one of them; at least one must be left."""
    at, left = bisect_left(ordered, one), len(ordered) - 1
    low, high = (k + (k >= at) for k in ((left - 1) // 2, left // 2))
    return (ordered[low] + ordered[high]) / 2
