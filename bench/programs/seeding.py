"""What it takes to arm a population before the load."""

from __future__ import annotations

from bench.errors import UsageError
from bench.spec import Cell, MapType
from bench.spec.held import held_of
from bench.units import NS_PER_MS, NS_PER_S, exact_count

HELD_NS = 3600 * NS_PER_S
"""Least time to live of those that nothing pushes back."""
SEED_NS = 6_000
"""Allowance for one entry of the first trial: inserted, initialised and started on one CPU."""
LEAD_NS = 250 * NS_PER_MS
"""Time before the first entry may expire, however few there are."""
SETTLING_NS = 200 * NS_PER_MS
"""Before seeding the load makes connections for so long, without a program,"""
MEASURED_NS = 300 * NS_PER_MS
"""and for so long after that it is looked how long after they are due they come."""


def connections_of(population: int, ends: int) -> int:
    """Connections whose ends are a population."""
    return max(round(population / ends), 1)


def seeded_of(cell: Cell) -> int:
    """Timers that are armed before the load begins."""
    return (cell.population or 0) + held_of(cell)


def seeding_ns(entries: int) -> int:
    """Time from the begin of seeding to the first moment that an entry may expire."""
    return LEAD_NS + entries * SEED_NS


def check_capacity(cell: Cell) -> None:
    """Refuse a population that the map cannot hold, unless it makes room by eviction.

    Raises:
        UsageError: Naming both.
    """
    held, evicting = held_of(cell), cell.map_type is MapType.LRU_HASH
    seeded = seeded_of(cell)
    if seeded and seeded > cell.stated_map_size and not evicting:
        of = f"a population of {exact_count(cell.population)}" if cell.population else ""
        more = f"{exact_count(held)} held" if held else ""
        raise UsageError(
            f"map size {exact_count(cell.stated_map_size)} cannot hold "
            f"{' and '.join(part for part in (of, more) if part)}",
            remedy="Leave map_size out: it follows, with room to spare",
        )


def check_kept(cell: Cell) -> None:
    """Refuse timers that are held in a map that evicts what no packet refreshes.

    Raises:
        UsageError: Naming both.
    """
    if held_of(cell) and cell.map_type is MapType.LRU_HASH:
        raise UsageError(
            f"an evicting map, {cell.map_type}, loses first what is held",
            remedy="Use another map type, or leave option held out",
        )
