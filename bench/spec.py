"""What is to be measured: cells, grids and sweeps, validated once at the boundary.

A *cell* is one point of a sweep; a *trial* is one measurement of a cell; a *run* is all
trials of one sweep on one host. Values are integers in base units (ns, Hz, items).
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, Field
from pydantic.dataclasses import dataclass

from bench.units import NS_PER_DAY, parse_count, parse_duration

STRICT = ConfigDict(extra="forbid")
MAX_EXPIRY_NS = 2**63 - 1
"""A relative timeout of 2**63 ns or more never fires: the kernel stores expiries signed."""
MAX_MAP_SIZE = 2**31
MAX_LOAD_HZ = 10_000_000
MAX_PAYLOAD_BYTES = 1 << 20

Nanoseconds = Annotated[int, BeforeValidator(parse_duration)]
Count = Annotated[int, BeforeValidator(parse_count)]
Timeout = Annotated[Nanoseconds, Field(ge=1, le=MAX_EXPIRY_NS)]
Hold = Annotated[Nanoseconds, Field(ge=0, le=MAX_EXPIRY_NS)]
MapSize = Annotated[Count, Field(ge=1, le=MAX_MAP_SIZE)]
Payload = Annotated[Count, Field(ge=0, le=MAX_PAYLOAD_BYTES)]
Rate = Annotated[int, Field(ge=0, le=MAX_LOAD_HZ)]


class Engine(StrEnum):
    """What provides the timeouts."""

    BPF_TIMER = "bpf_timer"


class MapType(StrEnum):
    """Kinds of map that may hold the timers."""

    HASH = "hash"
    HASH_NOPREALLOC = "hash_noprealloc"
    ARRAY = "array"


class Hook(StrEnum):
    """Where the ``tcp`` program meets new connections."""

    AUTO = "auto"
    FENTRY = "fentry"
    TP_BTF = "tp_btf"
    SOCKOPS = "sockops"


class Clock(StrEnum):
    """Clock that a timer is initialised with."""

    MONOTONIC = "monotonic"
    BOOTTIME = "boottime"


class LoadShape(StrEnum):
    """Arrival process of new connections."""

    CONSTANT = "constant"
    POISSON = "poisson"
    CLOSED = "closed"


class AddressFamily(StrEnum):
    """Which IP versions the load uses; ``both`` alternates connection by connection."""

    IPV4 = "ipv4"
    IPV6 = "ipv6"
    BOTH = "both"


class ArmCpus(StrEnum):
    """CPUs on which ``resident`` arms its timers."""

    ALL = "all"
    ONE = "one"


class Phase(StrEnum):
    """First expiry of ``resident`` timers: spread over one timeout, or all at once."""

    SPREAD = "spread"
    BURST = "burst"


class Instrument(StrEnum):
    """How much the callback records: everything, or only that it ran."""

    FULL = "full"
    EMPTY = "empty"


class ObserverName(StrEnum):
    """Source of softirq and ksoftirqd figures."""

    BCC = "bcc"
    PROCFS = "procfs"
    NONE = "none"


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


LoadHz = Annotated[Rate | None, BeforeValidator(parse_load)]


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class Cell:
    """One point of a sweep.

    Attributes:
        program: Name of the program under test, a key of the program registry.
        map_size: Entries the timer map can hold.
        timeout_ns: Relative timeout of every timer.
        load_hz: Offered connections per second; 0 = no load, None = closed loop.
        hold_ns: How long a connection stays open after it is established.
        payload_bytes: Bytes sent by the client and echoed by the server.
    """

    program: str
    engine: Engine = Engine.BPF_TIMER
    hook: Hook | None = None
    map_type: MapType = MapType.HASH
    map_size: Annotated[int, Field(ge=1, le=MAX_MAP_SIZE)]
    timeout_ns: Annotated[int, Field(ge=1, le=MAX_EXPIRY_NS)]
    clock: Clock = Clock.MONOTONIC
    phase: Phase | None = None
    arm_cpus: ArmCpus | None = None
    load_hz: Rate | None = 0
    load_shape: LoadShape | None = None
    ip: AddressFamily | None = None
    hold_ns: Annotated[int, Field(ge=0, le=MAX_EXPIRY_NS)] = 0
    payload_bytes: Annotated[int, Field(ge=0, le=MAX_PAYLOAD_BYTES)] = 0
    instrument: Instrument = Instrument.FULL
    observer: ObserverName = ObserverName.BCC

    @property
    def has_load(self) -> bool:
        """Whether connections are made at all."""
        return self.load_hz is None or self.load_hz > 0


def _as_list(value: Any) -> Any:
    return value if isinstance(value, (list, tuple)) else [value]


Several = BeforeValidator(_as_list)


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class Grid:
    """Axes of a sweep for one program; the cells are their Cartesian product.

    Every axis takes one value or a list, with units: ``timeout: [10ms, 100ms]``.
    """

    program: str
    engine: Annotated[tuple[Engine, ...], Several, Field(min_length=1)] = (Engine.BPF_TIMER,)
    hook: Annotated[tuple[Hook, ...], Several, Field(min_length=1)] = (Hook.AUTO,)
    map_type: Annotated[tuple[MapType, ...], Several, Field(min_length=1)] = (MapType.HASH,)
    map_size: Annotated[tuple[MapSize, ...], Several, Field(min_length=1)] = (65_536,)
    timeout: Annotated[tuple[Timeout, ...], Several, Field(min_length=1)] = (100_000_000,)
    clock: Annotated[tuple[Clock, ...], Several, Field(min_length=1)] = (Clock.MONOTONIC,)
    phase: Annotated[tuple[Phase, ...], Several, Field(min_length=1)] = (Phase.SPREAD,)
    arm_cpus: Annotated[tuple[ArmCpus, ...], Several, Field(min_length=1)] = (ArmCpus.ALL,)
    load: Annotated[tuple[LoadHz, ...], Several, Field(min_length=1)] = (0,)
    load_shape: Annotated[tuple[LoadShape, ...], Several, Field(min_length=1)] = (
        LoadShape.CONSTANT,
    )
    ip: Annotated[tuple[AddressFamily, ...], Several, Field(min_length=1)] = (AddressFamily.BOTH,)
    hold: Annotated[tuple[Hold, ...], Several, Field(min_length=1)] = (0,)
    payload: Annotated[tuple[Payload, ...], Several, Field(min_length=1)] = (0,)
    instrument: Annotated[tuple[Instrument, ...], Several, Field(min_length=1)] = (Instrument.FULL,)
    observer: Annotated[tuple[ObserverName, ...], Several, Field(min_length=1)] = (
        ObserverName.BCC,
    )


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class Sweep:
    """Everything that decides what a run measures.

    Attributes:
        name: Short name, part of the run id.
        question: What the sweep is to answer, in one sentence.
        duration: Window of each trial, ns.
        warmup: Time between arming and window, ns, on top of one timeout.
        repeat: Trials per cell; each repetition is one randomised block.
        seed: Seed of the order and of the load; None = drawn and recorded at start.
        max_steal: Share of CPU time stolen by the hypervisor beyond which a trial is invalid.
        allow_overload: Permit offered callback rates beyond the safety bound.
    """

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")] = "custom"
    question: str = ""
    duration: Annotated[Nanoseconds, Field(ge=10_000_000, le=NS_PER_DAY)] = 5_000_000_000
    warmup: Annotated[Nanoseconds, Field(ge=0, le=NS_PER_DAY)] = 500_000_000
    repeat: Annotated[int, Field(ge=1, le=10_000)] = 3
    seed: Annotated[int, Field(ge=0, lt=2**63)] | None = None
    max_steal: Annotated[float, Field(ge=0, le=1)] = 0.10
    allow_overload: bool = False
    cells: Annotated[tuple[Grid, ...], Field(min_length=1)]
