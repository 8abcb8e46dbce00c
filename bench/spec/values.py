"""Values as users write them, parsed and bounded: integers in base units (ns, Hz, items)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, Field, PlainSerializer, WithJsonSchema

from bench.errors import quoted
from bench.spec.axes import Flag
from bench.units import exact_count, exact_duration, parse_count, parse_duration

STRICT = ConfigDict(extra="forbid", defer_build=True)
MAX_EXPIRY_NS = 2**63 - 1
"""A relative timeout of 2**63 ns or more never fires: the kernel stores expiries signed."""
MAX_MAP_SIZE = 2**31
MAX_LOAD_HZ = 10_000_000
MAX_PAYLOAD_BYTES = 1 << 20

# Bounds stand before the parser: so they reach the JSON Schema, and hold for what was parsed.
Nanoseconds = Annotated[int, BeforeValidator(parse_duration)]
Timeout = Annotated[int, Field(ge=1, le=MAX_EXPIRY_NS), BeforeValidator(parse_duration)]
Hold = Annotated[int, Field(ge=0, le=MAX_EXPIRY_NS), BeforeValidator(parse_duration)]
MapSize = Annotated[int, Field(ge=1, le=MAX_MAP_SIZE), BeforeValidator(parse_count)]
Payload = Annotated[int, Field(ge=0, le=MAX_PAYLOAD_BYTES), BeforeValidator(parse_count)]
Rate = Annotated[int, Field(ge=0, le=MAX_LOAD_HZ)]


CLOSED_LOOP = "max"
"""How a user writes a closed-loop load: as fast as it goes."""


def parse_load(value: str | int | None) -> int | None:
    """Connections per second; None means closed loop, written ``max``."""
    if value is None or value == CLOSED_LOOP:
        return None
    try:
        return parse_count(value)
    except ValueError as error:
        raise ValueError(f"{error}; {CLOSED_LOOP} is a closed loop") from error


def load_text(load_hz: int | None) -> str:
    """The reverse of :func:`parse_load`."""
    return CLOSED_LOOP if load_hz is None else exact_count(load_hz)


def hold_text(ns: int) -> str:
    """A duration that may be ``0``."""
    return exact_duration(ns) if ns else "0"


NO_POPULATION = "none"
"""How a user writes that timers begin with the trial."""


def parse_population(value: str | int | None) -> int | None:
    """Live timers; None means that none are armed before the load, written ``none``."""
    if value is None or value == NO_POPULATION:
        return None
    try:
        return parse_count(value)
    except ValueError as error:
        raise ValueError(
            f"{error}; {NO_POPULATION} is a trial that begins without timers"
        ) from error


def population_text(population: int | None) -> str:
    """The reverse of :func:`parse_population`."""
    return NO_POPULATION if population is None else exact_count(population)


LoadHz = Annotated[Rate | None, BeforeValidator(parse_load)]

Population = Annotated[
    Annotated[int, Field(ge=1, le=MAX_MAP_SIZE)] | None, BeforeValidator(parse_population)
]

NO_FLAGS = "none"
"""How a user writes that no flag is given."""


def parse_flags(value: Any) -> Any:
    """Flags of one cell from text such as ``abs+cpu_pin``, each once, in a fixed order."""
    if not isinstance(value, str):
        return value
    words = [] if value == NO_FLAGS else value.split("+")
    unknown = [word for word in words if word not in set(Flag)]
    if unknown:
        allowed = ", ".join((NO_FLAGS, *Flag))
        raise ValueError(f"unknown flag {quoted(unknown[0])}; write {allowed}, or two joined by +")
    return tuple(flag for flag in Flag if flag in words)


def flags_text(flags: tuple[Flag, ...]) -> str:
    """The reverse of :func:`parse_flags`."""
    return "+".join(flags) or NO_FLAGS


Flags = Annotated[tuple[Flag, ...], BeforeValidator(parse_flags)]

OptionValue = int | str
"""Value of a program's own axis, in its base unit."""


def _as_pairs(value: Any) -> Any:
    return tuple(sorted(value.items())) if isinstance(value, Mapping) else value


def _as_mapping(pairs: tuple[tuple[str, OptionValue], ...]) -> dict[str, OptionValue]:
    return dict(pairs)


Options = Annotated[
    tuple[tuple[str, OptionValue], ...],
    BeforeValidator(_as_pairs),
    PlainSerializer(_as_mapping, return_type=dict[str, OptionValue]),
    WithJsonSchema({"type": "object", "additionalProperties": {"type": ["integer", "string"]}}),
]
"""A program's own axes of one cell, sorted by name; a mapping in files."""
