"""What a program under test is: one class with the facts in which programs differ."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import ClassVar

from bench.abi import ENTRY_BYTES
from bench.errors import UsageError
from bench.programs.counters import Counters
from bench.programs.engine_check import check_engine
from bench.programs.fitting import applicable
from bench.programs.map_memory import table_bytes
from bench.programs.seeding import check_capacity, seeded_of
from bench.spec import (
    Cell,
    Engine,
    Flag,
    Hook,
    MapType,
    Option,
    OuterMap,
    Rearm,
    TimeoutShape,
    engines_of,
    flags_text,
)

Counts = Mapping[str, int]
"""Cumulative counts by the name of a measure."""


SEEDING = ("seed",)
"""Syscall program of bpf/seeding.h."""


class Place(StrEnum):
    """Where a trial takes place: this namespace, or a veth pair between two of its own."""

    HERE = "here"
    VETH = "veth"


class Program(ABC):
    """What a timer-laden BPF program is; its driver in :mod:`bench.drivers` runs it.

    Attributes:
        name: The word used in cells and on the command line.
        meaning: What it is, in a few words, for who reads an answer first.
        source: File in ``bpf/``; empty for programs that are somebody else's.
        place: Where its trials take place.
        hooks: Ways to attach, best first; empty when it needs none.
        xdp: Name of the XDP program to attach to the server's end of the veth pair.
        tc: Name of the classifier to attach to the ingress of that end.
        syscalls: Names of its own syscall programs.
        map_types: Kinds of map that it supports, and ``outer_maps`` around them.
        beside: Its other maps that have as many entries as ``timers``.
        flags: Flags that its timers may have.
        timeout_shapes: Distributions that it can draw timeouts from.
        needs_load: Whether it fires only under connections.
        unused_axes: Axes of a sweep that mean nothing to it.
        options: Axes of its own.
        measures: Names of its own counters, in the order of ``slot.measures``.
        distributions: Names of its own distributions, in the order of their numbers.
        key_bytes: Size of a key of its map, and ``value_bytes`` of a value.
    """

    name: ClassVar[str]
    meaning: ClassVar[str]
    source: ClassVar[str]
    place: ClassVar[Place] = Place.HERE
    hooks: ClassVar[tuple[Hook, ...]] = ()
    xdp: ClassVar[str | None] = None
    tc: ClassVar[str | None] = None
    syscalls: ClassVar[tuple[str, ...]] = ()
    map_types: ClassVar[tuple[MapType, ...]]
    outer_maps: ClassVar[tuple[OuterMap, ...]] = (OuterMap.NONE,)
    beside: ClassVar[tuple[str, ...]] = ()
    flags: ClassVar[tuple[Flag, ...]] = ()
    timeout_shapes: ClassVar[tuple[TimeoutShape, ...]] = (TimeoutShape.FIXED,)
    needs_load: ClassVar[bool] = False
    unused_axes: ClassVar[tuple[str, ...]] = ()
    options: ClassVar[tuple[Option, ...]] = ()
    measures: ClassVar[tuple[str, ...]] = ()
    distributions: ClassVar[tuple[str, ...]] = ()
    key_bytes: ClassVar[int]
    value_bytes: ClassVar[int] = ENTRY_BYTES

    @property
    def engines(self) -> tuple[Engine, ...]:
        """What may provide its timeouts; the first is the default."""
        return engines_of(self.name)

    def normalise(self, cell: Cell) -> Cell:
        """Set axes that do not apply to this program to None, so that equal cells are equal.

        Raises:
            UsageError: An option is unknown or has a wrong value.
        """
        return applicable(self, cell)

    @abstractmethod
    def offered_hz(self, cell: Cell, connections_hz: float) -> float | None:
        """Expiries per second that the cell asks for at that rate of connections.

        None where the cell does not say how many there will be.
        """

    @abstractmethod
    def outstanding(self, cell: Cell) -> int:
        """Timers that may exist at once, those waiting to be freed included."""

    def seeds(self, cell: Cell) -> int:
        """Entries that are armed before the load begins."""
        return seeded_of(cell)

    def objects(self, cell: Cell) -> int:
        """Objects that the kernel allocates for the timers that may exist at once."""
        return self.outstanding(cell) * cell.engine.facts.objects_per_entry

    def rearms(self, cell: Cell) -> bool:
        """Whether a callback starts its timer again."""
        return False

    def ages(self, cell: Cell) -> bool:
        """Whether what a cell's timers do depends on how long ago they were armed.

        Timers that one softirq runs re-arm together, and if they count from then they never part
        again: their batches grow.
        """
        return self.rearms(cell) and cell.rearm is Rearm.RELATIVE

    def keeps_grid(self, cell: Cell) -> bool:
        """Whether each timer expires at its own first expiry + k * timeout, or misses it."""
        return False

    def needs_callbacks(self, cell: Cell) -> bool:
        """Whether a trial without a fair number of callbacks measures nothing."""
        return True

    def settling_ns(self, cell: Cell) -> int:
        """Time after the start of arming in which no timer expires yet."""
        return 0

    def lead_ns(self, cell: Cell, warmup_ns: int) -> int:
        """Time from the first possible expiry to the opening of the window.

        A population need not grow first.
        """
        return warmup_ns if cell.population is not None else cell.stated_timeout_ns + warmup_ns

    def hook_programs(self, cell: Cell, hook: Hook | None) -> tuple[str, ...]:
        """Names of the BPF programs to attach for a hook."""
        return ()

    def programs(self, cell: Cell, hook: Hook | None) -> tuple[str, ...]:
        """Names of the BPF programs to load, beside those that every program has."""
        seeding = SEEDING if seeded_of(cell) else ()
        packets = tuple(name for name in (self.xdp, self.tc) if name)
        return (*self.syscalls, *seeding, *self.hook_programs(cell, hook), *packets)

    def measured(self, counts: Counts, cell: Cell, window_ns: int) -> dict[str, int | float | None]:
        """The program's own numbers of a window.

        Args:
            counts: What ``measures`` and activities counted within it.
            cell: What was measured.
            window_ns: Its length.
        """
        return dict(counts)

    def evicted(self, final: Counters, *, entries: int, pending: int) -> int:
        """Timers that an LRU map freed by evicting their entries, which it reports to nobody.

        Here every start has an entry of its own, which its callback collects: those neither
        in the map nor collected, less those that were evicted while their callback ran.
        Their timers fired, and the callback found no entry to delete.

        Args:
            final: Counts of the whole trial.
            entries: Entries in the map at its end.
            pending: Timers that the kernel had enqueued then.
        """
        return final.started - final.collected - entries - final.collect_failed.get("ENOENT", 0)

    def expected_timers(self, cell: Cell, attempted: int, connected: int, hook: Hook) -> int | None:
        """Timers that the load's own counts of connections imply; None: not comparable."""
        return None

    def candidates(self, cell: Cell) -> tuple[Hook | None, ...]:
        """Hooks to try for a cell, in order."""
        if not self.hooks:
            return (None,)
        return self.hooks if cell.hook in (None, Hook.AUTO) else (cell.hook,)

    def check(self, cell: Cell) -> None:
        """Refuse what this program cannot do.

        Raises:
            UsageError: Naming the value and the allowed ones.
        """
        for what, value, allowed in self._closed_axes(cell):
            if value not in allowed:
                problem = f"program {self.name} cannot use {what} {value}"
                raise UsageError(problem, remedy=f"Choose one of: {', '.join(allowed)}")
        unknown = [flag for flag in cell.flags if flag not in self.flags]
        if unknown:
            own = "; re-arm absolute sets abs" if "rearm" not in self.unused_axes else ""
            raise UsageError(
                f"program {self.name} cannot use flags {flags_text(cell.flags)}",
                remedy=f"It takes: {', '.join(self.flags) or 'none'}{own}",
            )
        check_engine(cell)
        check_capacity(cell)
        if self.needs_load and not cell.has_load:
            raise UsageError(
                f"program {self.name} needs connections, but load is 0",
                remedy="Give --load a rate such as 5k, or max",
            )

    def _closed_axes(self, cell: Cell) -> Sequence[tuple[str, str, Sequence[str]]]:
        return (
            ("engine", cell.engine, self.engines),
            ("map type", cell.map_type, self.map_types),
            ("outer map", cell.outer_map, self.outer_maps),
            ("timeout shape", cell.timeout_shape, self.timeout_shapes),
        )

    def map_bytes(self, cell: Cell) -> int:
        """Kernel memory of the cell's map, timers not included."""
        own = cell.engine.facts.entry_bytes
        value_bytes = self.value_bytes if own is None else own
        return table_bytes(cell, key_bytes=self.key_bytes, value_bytes=value_bytes)
