"""What is to be measured: cells, grids and sweeps, validated once at the boundary.

A *cell* is one point of a sweep; a *trial* is one measurement of a cell; a *run* is all
trials of one sweep on one host. Values are integers in base units (ns, Hz, items).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, Field, PlainSerializer, WithJsonSchema
from pydantic.dataclasses import dataclass

from bench.units import NS_PER_DAY, parse_count, parse_duration, parse_share

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
    """What provides the timeouts: timers of the kernel in BPF, or an alternative.

    ``timerfd`` is one epoll loop in user space, ``user_gc`` a periodic scan of the map from
    user space, ``lru`` eviction without any timeout, ``perf_event`` a sampling event.
    """

    BPF_TIMER = "bpf_timer"
    TIMERFD = "timerfd"
    USER_GC = "user_gc"
    LRU = "lru"
    PERF_EVENT = "perf_event"


class MapType(StrEnum):
    """Kinds of map that may hold the timers."""

    HASH = "hash"
    HASH_NOPREALLOC = "hash_noprealloc"
    LRU_HASH = "lru_hash"
    ARRAY = "array"


class OuterMap(StrEnum):
    """Kind of map that the programs reach the timers' map through, as its inner map."""

    NONE = "none"
    ARRAY_OF_MAPS = "array_of_maps"
    HASH_OF_MAPS = "hash_of_maps"


class Flag(StrEnum):
    """Flags of ``bpf_timer_start``: absolute expiry; stay on the starting CPU."""

    ABS = "abs"
    CPU_PIN = "cpu_pin"


class TimeoutShape(StrEnum):
    """Distribution of timeouts: all equal, or drawn around the cell's timeout as the mean.

    ``uniform`` lies between half and one and a half of it.
    """

    FIXED = "fixed"
    UNIFORM = "uniform"
    EXPONENTIAL = "exponential"


class Mode(StrEnum):
    """Whether a callback of ``resident`` starts its timer again."""

    PERIODIC = "periodic"
    ONE_SHOT = "one_shot"


class Hook(StrEnum):
    """Where the ``tcp`` program meets new connections."""

    AUTO = "auto"
    FENTRY = "fentry"
    TP_BTF = "tp_btf"
    SOCKOPS = "sockops"


class Clock(StrEnum):
    """Clock that a timer is initialised with."""

    MONOTONIC = "monotonic"
    REALTIME = "realtime"
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
    """How much the callback records.

    ``empty`` counts that it ran; ``full`` adds lateness and venue; ``stages`` adds where its
    lateness came from, and the latest callbacks one by one.
    """

    FULL = "full"
    EMPTY = "empty"
    STAGES = "stages"

    @property
    def records_lateness(self) -> bool:
        """Whether a callback reads the clock and its expiry."""
        return self is not Instrument.EMPTY


class ObserverName(StrEnum):
    """Source of softirq and ksoftirqd figures."""

    BCC = "bcc"
    PROCFS = "procfs"
    NONE = "none"


class Control(StrEnum):
    """What a control measures beside a plain cell.

    ``idle`` is the host alone; ``load`` the cell's connections without a program; ``attached``
    the program with no timer armed; ``empty`` timers whose callback records nothing;
    ``unobserved`` the cell without an observer; ``stages`` the cell with stages;
    ``cyclictest`` sleeps of user space on an otherwise idle host.
    """

    IDLE = "idle"
    LOAD = "load"
    ATTACHED = "attached"
    EMPTY = "empty"
    UNOBSERVED = "unobserved"
    STAGES = "stages"
    CYCLICTEST = "cyclictest"


class Controls(StrEnum):
    """Which controls a sweep measures.

    ``basic`` is idle and load, and for a cell of each program empty, unobserved, stages;
    ``full`` is all of them for every cell; ``none`` leaves a run without anything to compare
    its cells with.
    """

    NONE = "none"
    BASIC = "basic"
    FULL = "full"


USUAL_CONTROLS = Controls.BASIC
"""What is measured beside the cells of a sweep that does not say."""

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
        raise ValueError(f"unknown flag {unknown[0]!r}; write {allowed}, or two joined by +")
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
        options: The program's own axes.
    """

    program: str
    engine: Engine = Engine.BPF_TIMER
    hook: Hook | None = None
    map_type: MapType = MapType.HASH
    outer_map: OuterMap = OuterMap.NONE
    map_size: Annotated[int, Field(ge=1, le=MAX_MAP_SIZE)]
    timeout_ns: Annotated[int, Field(ge=1, le=MAX_EXPIRY_NS)]
    timeout_shape: TimeoutShape = TimeoutShape.FIXED
    mode: Mode | None = None
    clock: Clock = Clock.MONOTONIC
    flags: Flags = ()
    phase: Phase | None = None
    arm_cpus: ArmCpus | None = None
    load_hz: Rate | None = 0
    load_shape: LoadShape | None = None
    ip: AddressFamily | None = None
    hold_ns: Annotated[int, Field(ge=0, le=MAX_EXPIRY_NS)] = 0
    payload_bytes: Annotated[int, Field(ge=0, le=MAX_PAYLOAD_BYTES)] = 0
    instrument: Instrument = Instrument.FULL
    observer: ObserverName = ObserverName.BCC
    options: Options = ()
    control: Control | None = None

    @property
    def has_load(self) -> bool:
        """Whether connections are made at all."""
        return self.load_hz is None or self.load_hz > 0

    def option(self, name: str) -> OptionValue:
        """Value of one of the program's own axes; the program's class says which it has."""
        return dict(self.options)[name]

    def number(self, name: str) -> int:
        """The same for an axis of numbers."""
        return int(self.option(name))


def _as_list(value: Any) -> Any:
    return value if isinstance(value, (list, tuple)) else [value]


Several = BeforeValidator(_as_list)


def _as_axes(value: Any) -> Any:
    if not isinstance(value, Mapping):
        return value
    return tuple((name, tuple(_as_list(values))) for name, values in sorted(value.items()))


def _as_lists(
    axes: tuple[tuple[str, tuple[OptionValue, ...]], ...],
) -> dict[str, list[OptionValue]]:
    return {name: list(values) for name, values in axes}


GridOptions = Annotated[
    tuple[tuple[str, Annotated[tuple[OptionValue, ...], Field(min_length=1)]], ...],
    BeforeValidator(_as_axes),
    PlainSerializer(_as_lists, return_type=dict[str, list[OptionValue]]),
    WithJsonSchema(
        {
            "type": "object",
            "additionalProperties": {"type": "array", "items": {"type": ["integer", "string"]}},
        }
    ),
]
"""A program's own axes of a grid, as written; the program parses them."""


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class Grid:
    """Axes of a sweep for one program; the cells are their Cartesian product.

    Every axis takes one value or a list, with units: ``timeout: [10ms, 100ms]``. The
    program's own axes are in ``options``: ``options: {packets: [0, 100k]}``.
    """

    program: str
    engine: Annotated[tuple[Engine, ...], Several, Field(min_length=1)] = (Engine.BPF_TIMER,)
    hook: Annotated[tuple[Hook, ...], Several, Field(min_length=1)] = (Hook.AUTO,)
    map_type: Annotated[tuple[MapType, ...], Several, Field(min_length=1)] = (MapType.HASH,)
    outer_map: Annotated[tuple[OuterMap, ...], Several, Field(min_length=1)] = (OuterMap.NONE,)
    map_size: Annotated[tuple[MapSize, ...], Several, Field(min_length=1)] = (65_536,)
    timeout: Annotated[tuple[Timeout, ...], Several, Field(min_length=1)] = (100_000_000,)
    timeout_shape: Annotated[tuple[TimeoutShape, ...], Several, Field(min_length=1)] = (
        TimeoutShape.FIXED,
    )
    mode: Annotated[tuple[Mode, ...], Several, Field(min_length=1)] = (Mode.PERIODIC,)
    clock: Annotated[tuple[Clock, ...], Several, Field(min_length=1)] = (Clock.MONOTONIC,)
    flags: Annotated[tuple[Flags, ...], Several, Field(min_length=1)] = ((),)
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
    options: GridOptions = ()


Share = Annotated[float, BeforeValidator(parse_share), Field(gt=0, lt=1)]


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
        controls: Controls to measure in each block beside the cells. A user who says nothing
            gets :data:`USUAL_CONTROLS`; the default here is that of runs older than this key.
        without_controls: Controls to leave out; those that the host has no tool for are added
            when the run begins.
        precision: Half width of a cell's 95 % interval over its median, beyond which the cell
            is measured again; None = every cell ``repeat`` times.
        precision_metric: The metric whose interval counts.
        budget: Measuring time after which nothing is repeated any more, ns.
    """

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")] = "custom"
    question: str = ""
    duration: Annotated[Nanoseconds, Field(ge=10_000_000, le=NS_PER_DAY)] = 5_000_000_000
    warmup: Annotated[Nanoseconds, Field(ge=0, le=NS_PER_DAY)] = 500_000_000
    repeat: Annotated[int, Field(ge=1, le=10_000)] = 5
    seed: Annotated[int, Field(ge=0, lt=2**63)] | None = None
    max_steal: Annotated[float, Field(ge=0, le=1)] = 0.10
    allow_overload: bool = False
    controls: Controls = Controls.NONE
    without_controls: tuple[Control, ...] = ()
    precision: Share | None = None
    precision_metric: str = "p99 lateness"
    budget: Annotated[Nanoseconds, Field(ge=0, le=NS_PER_DAY)] = 600_000_000_000
    cells: Annotated[tuple[Grid, ...], Field(min_length=1)]
