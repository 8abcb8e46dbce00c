"""The population of a point of a sweep: what follows from what, and what contradicts it. Pure.

N = ends x load x timeout (Little's law). A point states two of population, load and timeout, and
the third follows; so does the map's size where it is not stated.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil
from typing import Any

from bench.errors import UsageError
from bench.programs.fitting import default_of
from bench.spec import (
    AUTO,
    CLOSED_LOOP,
    MAX_EXPIRY_NS,
    MAX_LOAD_HZ,
    MAX_MAP_SIZE,
    Ends,
    MapType,
    load_text,
    population_text,
)
from bench.units import NS_PER_S, exact_count, exact_duration
from bench.words.plurals import counted

TOLERANCE = 0.01
"""Share by which a stated population may differ from what load and timeout make: rates are whole
numbers."""
ROOM = 1.25
"""Entries of a map for each timer of its population, at least: hash maps refuse what is more."""

Point = Mapping[str, Any]
"""Values by field of a cell, as a sweep has them."""


def settled(point: Point, held: int = 0) -> dict[str, Any]:
    """The point with a value for everything that follows from others.

    Args:
        point: As a sweep has it.
        held: Further timers that cannot expire while it is measured.

    Raises:
        UsageError: Too little is stated, or it contradicts itself.
    """
    if point["population"] is None:
        return {**point, **_without_population(point, held)}
    _check_stated(point)
    complete = {**point, **_third(point)}
    _check_agreement(complete)
    return complete | _map_size(complete, held)


def _without_population(point: Point, held: int) -> dict[str, int]:
    for field, word in (("timeout_ns", "timeout"), ("load_hz", "load")):
        if point[field] == AUTO:
            raise UsageError(
                f"{word} auto is to follow from a population, but there is none",
                remedy=f"Give population a number, or {word} a value",
            )
    if point["map_size"] != AUTO:
        return {}
    return {"map_size": max(default_of("map_size"), entries_for(held, point["map_type"]))}


def _check_stated(point: Point) -> None:
    what = _text(point)
    if point["load_hz"] is None:
        raise UsageError(
            f"{what} needs a rate of connections, but load is {CLOSED_LOOP}",
            remedy="Give load a number such as 5k, or leave population out",
        )
    if point["load_hz"] == 0:
        raise UsageError(
            f"{what} is of connections, but load is 0",
            remedy="Give load a number such as 5k, or leave population out",
        )
    stated = {"population": point["population"], "load": point["load_hz"]}
    stated["timeout"] = point["timeout_ns"]
    missing = [name for name, value in stated.items() if value == AUTO]
    if len(missing) > 1:
        raise UsageError(
            f"{what} does not say its {' and '.join(m for m in missing if m != 'population')}",
            remedy="Give two of population, load and timeout: the third follows",
        )


def _text(point: Point) -> str:
    population = point["population"]
    return f"population {AUTO if population == AUTO else population_text(population)}"


def _ends(point: Point) -> int:
    return 2 if point["ends"] is Ends.BOTH else 1


def made_by(point: Point) -> float:
    """Timers that load and timeout keep alive."""
    return float(_ends(point) * point["load_hz"] * point["timeout_ns"] / NS_PER_S)


def _third(point: Point) -> dict[str, int]:
    if point["population"] == AUTO:
        return {"population": _within(round(made_by(point)), MAX_MAP_SIZE, "population")}
    per_timer_ns = point["population"] * NS_PER_S / _ends(point)
    if point["timeout_ns"] == AUTO:
        timeout_ns = round(per_timer_ns / point["load_hz"])
        return {"timeout_ns": _within(timeout_ns, MAX_EXPIRY_NS, "timeout")}
    if point["load_hz"] == AUTO:
        load_hz = round(per_timer_ns / point["timeout_ns"])
        return {"load_hz": _within(load_hz, MAX_LOAD_HZ, "load")}
    return {}


def _within(value: int, most: int, name: str) -> int:
    if 1 <= value <= most:
        return value
    write = exact_duration if name == "timeout" else exact_count
    bound = f"more than {write(most)}" if value > most else f"less than {write(1)}"
    raise UsageError(
        f"{name} would be {bound}: it is to follow from the others of population, load and timeout",
        remedy="Change one of the three",
    )


def _check_agreement(point: Point) -> None:
    found, stated = made_by(point), point["population"]
    if abs(found - stated) <= max(TOLERANCE * stated, 1):
        return
    ends = "both ends" if _ends(point) > 1 else "one end"
    raise UsageError(
        f"load {load_text(point['load_hz'])} and timeout {exact_duration(point['timeout_ns'])} "
        f"contradict {_text(point)}: they keep {counted(round(found), 'timer')} alive at {ends} "
        "of each connection",
        remedy="Leave one of the three out: it follows from the others",
    )


def _map_size(point: Point, held: int) -> dict[str, int]:
    if point["map_size"] != AUTO:
        return {}
    size = entries_for(point["population"] + held, point["map_type"])
    return {"map_size": _within(size, MAX_MAP_SIZE, "map size")}


def entries_for(timers: int, map_type: MapType) -> int:
    """Entries of a map for so many timers: a map that evicts has no room to spare."""
    if map_type is MapType.LRU_HASH:
        return timers
    return 1 << max(ceil(timers * ROOM) - 1, 0).bit_length()
