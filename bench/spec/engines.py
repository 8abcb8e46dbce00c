"""What provides the timeouts: what is known of each engine without what runs it.

What runs an engine is an object in :mod:`bench.engines`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from bench.spec.axes import Clock, MapType
from bench.spec.option import Option, count, duration
from bench.units import NS_PER_MS, NS_PER_S

WQ_IMPLICIT = "bpf_wq_set_callback"
"""Function of kernels, since 7.0, that add its last argument themselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineFacts:
    """In what engines differ for those who plan, judge or read trials.

    Attributes:
        meaning: What it is, in a few words.
        programs: Names of the programs whose timeouts it can provide.
        options: Axes that it adds to those of the program.
        in_softirq: Its callbacks run in the HRTIMER softirq, and can be instrumented there.
        calls_back: Something runs for each timeout.
        has_expiry: It knows when a timeout was due, so that lateness can be measured.
        cpu_measure: Measure with the CPU time of its own loop in user space.
        bpf_number: Its place in ``enum engine`` of bpf/timerbench.h.
        defines: What the program is compiled with for it.
        defines_where: A function of the kernel, and what it is compiled with where there is one.
        syscalls: Syscall programs of its own.
        entry_bytes: Size of a value of its table; None = the program's.
        objects_per_entry: Timers and works that the kernel allocates for each entry.
        scan_parts: Parts of the map that are scanned one by one, each in one go within the
            kernel; 0 = it does not scan there.
        bpf_program: BPF program that it runs in place of the one that arms timers.
        map_type: The only kind of map that it works with; None = any.
        unused_axes: Axes that mean nothing to it.
        default_axes: Axes of timers in maps that it has nothing like.
        clocks: Those that it knows.
        shortest_ns: Shortest timeout that it keeps.
    """

    meaning: str
    programs: tuple[str, ...]
    options: tuple[Option, ...] = ()
    in_softirq: bool = False
    calls_back: bool = True
    has_expiry: bool = True
    cpu_measure: str | None = None
    bpf_number: int = 0
    defines: tuple[str, ...] = ()
    defines_where: tuple[str, tuple[str, ...]] | None = None
    syscalls: tuple[str, ...] = ()
    entry_bytes: int | None = None
    objects_per_entry: int = 1
    scan_parts: int = 0
    bpf_program: str | None = None
    map_type: MapType | None = None
    unused_axes: tuple[str, ...] = ()
    default_axes: tuple[str, ...] = ()
    clocks: tuple[Clock, ...] = tuple(Clock)
    shortest_ns: int = 1


class Engine(str):
    """What provides the timeouts: timers of the kernel in BPF, or an alternative; a name."""

    facts: EngineFacts
    BPF_TIMER: ClassVar[Engine]
    BPF_WQ: ClassVar[Engine]
    TIMERFD: ClassVar[Engine]
    USER_GC: ClassVar[Engine]
    BPF_SCAN: ClassVar[Engine]
    BPF_SWEEP: ClassVar[Engine]
    LRU: ClassVar[Engine]
    PERF_EVENT: ClassVar[Engine]

    def __new__(cls, name: str, facts: EngineFacts) -> Engine:
        """A name with its facts; :data:`ENGINES` has all."""
        engine = super().__new__(cls, name)
        engine.facts = facts
        return engine

    def __getnewargs__(self) -> tuple[str, EngineFacts]:  # type: ignore[override]
        """What a copy is made of."""
        return str(self), self.facts

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: type[Any], handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """A known name."""
        return core_schema.no_info_plain_validator_function(
            _known, serialization=core_schema.to_string_ser_schema(), ref="Engine"
        )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """One of the names."""
        each = "; ".join(f"{name}: {engine.facts.meaning}" for name, engine in ENGINES.items())
        text = f"What provides the timeouts. {each}."
        return {"description": text, "enum": list(ENGINES), "title": "Engine", "type": "string"}


ENGINES: dict[str, Engine] = {}
"""All engines by name; ``bpf_timer`` is the first."""


def declare(name: str, facts: EngineFacts) -> Engine:
    """Add an engine."""
    ENGINES[name] = Engine(name, facts)
    return ENGINES[name]


def engines_of(program: str) -> tuple[Engine, ...]:
    """Those that can provide a program's timeouts; the first is the default."""
    return tuple(engine for engine in ENGINES.values() if program in engine.facts.programs)


def _known(value: object) -> Engine:
    if isinstance(value, str) and value in ENGINES:
        return ENGINES[value]
    *names, last = map(repr, ENGINES)
    expected = f"{', '.join(names)} or {last}"
    raise PydanticCustomError("enum", "Input should be {expected}", {"expected": expected})


_COLLECTING = ("tcp", "xdp_gc", "tc_gc")
"""Programs that collect entries of a table, which others can do as well."""
_BARE: dict[str, Any] = {
    "defines": ("WITHOUT_TIMERS",),
    "entry_bytes": 8,
    "objects_per_entry": 0,
}
"""Tables whose values hold no timer, but only when they are due."""
_PERIOD = Option(
    "gc_period_ns",
    "Time from the beginning of a scan to that of the next, such as 100ms.",
    100 * NS_PER_MS,
    duration(NS_PER_MS, 3600 * NS_PER_S),
)

Engine.BPF_TIMER = declare(
    "bpf_timer",
    EngineFacts(
        meaning="timers of the kernel in BPF maps",
        programs=(
            "resident",
            "tcp",
            "sampler",
            "xdp_gc",
            "tc_gc",
            "xdp_health",
            "churn",
            "external",
        ),
        in_softirq=True,
    ),
)
Engine.BPF_WQ = declare(
    "bpf_wq",
    EngineFacts(
        meaning="a timer whose callback leaves the deletion to a work queue",
        programs=_COLLECTING,
        bpf_number=3,
        defines=("WITH_WORK",),
        defines_where=(WQ_IMPLICIT, ("WITH_WORK", "IMPLICIT_AUX")),
        entry_bytes=48,
        objects_per_entry=2,
    ),
)
Engine.TIMERFD = declare(
    "timerfd",
    EngineFacts(
        meaning="one epoll loop in user space",
        programs=("resident",),
        cpu_measure="loop_cpu_ns",
        default_axes=(
            "map_type",
            "outer_map",
            "flags",
            "timeout_shape",
            "mode",
            "rearm",
            "instrument",
        ),
        clocks=(Clock.MONOTONIC, Clock.BOOTTIME),
    ),
)
Engine.USER_GC = declare(
    "user_gc",
    EngineFacts(
        meaning="a periodic scan of the map from user space",
        programs=_COLLECTING,
        options=(
            _PERIOD,
            Option("gc_batch", "Elements read by one system call.", 4096, count(64, 1 << 20)),
        ),
        cpu_measure="gc_cpu_ns",
        bpf_number=1,
        **_BARE,
    ),
)
Engine.BPF_SCAN = declare(
    "bpf_scan",
    EngineFacts(
        meaning="a periodic scan of the map in BPF, which user space calls",
        programs=_COLLECTING,
        options=(_PERIOD,),
        cpu_measure="gc_cpu_ns",
        bpf_number=1,
        syscalls=("scan",),
        scan_parts=1,
        **_BARE,
    ),
)
Engine.BPF_SWEEP = declare(
    "bpf_sweep",
    EngineFacts(
        meaning="one timer that scans the map in BPF, a 64th at each tick",
        programs=_COLLECTING,
        options=(_PERIOD,),
        bpf_number=1,
        syscalls=("sweep_start", "sweep_stop"),
        scan_parts=64,
        default_axes=("outer_map",),
        **_BARE | {"defines": ("WITHOUT_TIMERS", "WITH_PARTS")},
    ),
)
Engine.LRU = declare(
    "lru",
    EngineFacts(
        meaning="eviction without any timeout",
        programs=_COLLECTING,
        calls_back=False,
        has_expiry=False,
        bpf_number=2,
        map_type=MapType.LRU_HASH,
        syscalls=("young",),
        **_BARE,
    ),
)
Engine.PERF_EVENT = declare(
    "perf_event",
    EngineFacts(
        meaning="a sampling event of perf",
        programs=("sampler",),
        has_expiry=False,
        bpf_program="on_event",
        unused_axes=("clock", "flags", "rearm"),
        # The kernel rounds shorter periods of a cpu-clock event up: perf_swevent_start_hrtimer.
        shortest_ns=10_000,
    ),
)
