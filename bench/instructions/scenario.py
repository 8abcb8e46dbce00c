"""The script: which operations are called, on which maps, clocks and queues. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from bench.instructions.marks import CALLED, Operation
from bench.words.plurals import counted

REALTIME, MONOTONIC, BOOTTIME = 0, 1, 7
ABS, PIN = 1, 2
CALLS = 200
WARM_UP = 64
"""Calls before those that count: the allocator's caches and the heap are as they stay."""
TOGETHER = 4
"""Timers of one expiry, where there are to be further callbacks."""
HELD = 32
"""Timers of the map that is scanned, and then freed: few, so that each path of a free counts."""
FLAG_NAMES = {0: "relative", ABS: "ABS", PIN: "CPU_PIN"}
CLOCK_NAMES = {REALTIME: "realtime", MONOTONIC: "monotonic", BOOTTIME: "boottime"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """Calls of one operation, or rounds of expiries, under the same conditions.

    Attributes:
        number: Names it in the plugin's file.
        operation: What is called; EXPIRY for all parts of an expiry.
        queued: Timers in the queue, the measured one among them.
        map_type: A key of ``bench.libbpf.maps.MAP_TYPES``.
        clock: clockid_t.
        flags: Of ``bpf_timer_start``.
        together: Timers that expire at the same time, or that the map holds.
        rearm: Whether callbacks start their timers again.
        count: Calls that count, or rounds.
        warm_up: Calls before them.
    """

    number: int
    operation: Operation
    queued: int = 1
    map_type: str = "hash"
    clock: int = MONOTONIC
    flags: int = 0
    together: int = 1
    rearm: bool = False
    count: int = CALLS
    warm_up: int = WARM_UP

    def as_json(self) -> dict[str, Any]:
        """For the guest."""
        return asdict(self)

    @property
    def conditions(self) -> str:
        """As tables have it, without the operation: what differs from the ordinary."""
        if self.operation in (Operation.SCAN, Operation.FREE):
            return f"map of {counted(self.together, 'timer')}"
        if self.operation is Operation.TIMERFD_SETTIME:
            return counted(self.together, "timerfd")
        if self.operation in (Operation.WQ_START, Operation.WQ_FURTHER):
            return counted(self.together, "work")
        words = [f"{self.queued:,} queued"]
        words += [self.map_type] if self.map_type != "hash" else []
        words += [CLOCK_NAMES[self.clock]] if self.clock != MONOTONIC else []
        words += [FLAG_NAMES[self.flags]] if self.flags else []
        words += [counted(self.together, "timer") + " at once"] if self.together > 1 else []
        return ", ".join(words)


def scenario_of(found: dict[str, Any]) -> Scenario:
    """The inverse of :meth:`Scenario.as_json`."""
    return Scenario(**{**found, "operation": Operation(found["operation"])})


_STARTS = (Operation.START_IDLE, Operation.PUSH_BACK_LATER, Operation.PUSH_BACK_SOONER)
_OF_ENTRIES = (
    Operation.INSERT,
    Operation.INIT,
    Operation.DELETE_PENDING,
    Operation.DELETE_FIRED,
    Operation.REPLACE,
)
_IN_ARRAYS = (Operation.INIT, Operation.REPLACE)
"""An array has its entries always: none is inserted or deleted."""
POPULATIONS = (1, 1_000, 100_000)


def _conditions(populations: tuple[int, ...]) -> Iterator[dict[str, Any]]:
    for queued in populations:
        for operation in CALLED:
            yield {"operation": operation, "queued": queued}
        yield {"operation": Operation.EXPIRY, "queued": queued}
        yield {"operation": Operation.EXPIRY, "queued": queued, "together": TOGETHER, "rearm": True}


def _variants() -> Iterator[dict[str, Any]]:
    for map_type in ("hash_noprealloc", "lru_hash", "array"):
        for operation in _IN_ARRAYS if map_type == "array" else _OF_ENTRIES:
            yield {"operation": operation, "map_type": map_type}
        yield {"operation": Operation.EXPIRY, "map_type": map_type}
    for clock in (REALTIME, BOOTTIME):
        for operation in (Operation.INIT, *_STARTS, Operation.EXPIRY):
            yield {"operation": operation, "clock": clock}
    for flags in (ABS, PIN):
        for operation in _STARTS:
            yield {"operation": operation, "flags": flags}
    yield {"operation": Operation.SCAN, "together": HELD}
    yield {"operation": Operation.FREE, "together": HELD}
    yield {"operation": Operation.TIMERFD_SETTIME}
    yield {"operation": Operation.WQ_START}
    yield {"operation": Operation.WQ_FURTHER, "together": TOGETHER}


def script(populations: tuple[int, ...] = POPULATIONS) -> tuple[Scenario, ...]:
    """All scenarios, in the order in which a guest goes through them.

    Args:
        populations: Timers in the queue, ascending: it only grows.
    """
    rows = [*_conditions(populations[:1]), *_variants(), *_conditions(populations[1:])]
    return tuple(Scenario(number=n, **row) for n, row in enumerate(rows, start=1))
