"""One point of a sweep, and the row of each of its axes."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from pydantic.dataclasses import dataclass

from bench.spec.axes import (
    AddressFamily,
    ArmCpus,
    Clock,
    Control,
    Ends,
    Flag,
    Hook,
    Instrument,
    LoadShape,
    MapType,
    Mode,
    ObserverName,
    OuterMap,
    Phase,
    Rearm,
    TimeoutShape,
)
from bench.spec.axis import AUTO, Axis, rows
from bench.spec.engines import ENGINES, Engine
from bench.spec.values import (
    STRICT,
    Flags,
    Hold,
    LoadHz,
    MapSize,
    Options,
    OptionValue,
    Payload,
    Population,
    Timeout,
    flags_text,
    hold_text,
    load_text,
    population_text,
)
from bench.units import NS_PER_MS, exact_count, exact_duration

_ARRIVALS = [shape for shape in LoadShape if shape is not LoadShape.CLOSED]


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class Cell:
    """One point of a sweep.

    Attributes:
        program: Name of the program under test, a key of the program registry.
        map_size: Entries the timer map can hold.
        timeout_ns: Relative timeout of every timer. Both are None where the program is somebody
            else's, which decides them.
        population: Timers alive from the first moment of the window, all connection ends together:
            ends x load x timeout. None = the trial begins without timers.
        load_hz: Offered connections per second; 0 = no load, None = closed loop.
        hold_ns: How long a connection stays open after it is established.
        payload_bytes: Bytes sent by the client and echoed by the server.
        options: The program's own axes.
        setting: The host's setting while it was measured, ``kernel.timer_migration=0``, in cells of
            ``bench ab --sysctl`` only.
    """

    program: str
    engine: Annotated[
        Engine,
        Axis("engine", "What provides the timeouts", Engine.BPF_TIMER, words=ENGINES),
    ] = Engine.BPF_TIMER
    hook: Annotated[
        Hook | None,
        Axis("hook", "Where tcp meets connections", Hook.AUTO, words=Hook),
    ] = None
    ends: Annotated[
        Ends | None,
        Axis(
            "ends",
            "Ends of a connection that hold a timer of tcp",
            Ends.SERVER,
            words=Ends,
            more=" (a stress case)",
        ),
    ] = None
    map_type: Annotated[
        MapType,
        Axis("map type", "Kind of map", MapType.HASH, words=MapType),
    ] = MapType.HASH
    outer_map: Annotated[
        OuterMap,
        Axis("outer map", "Map of maps around it", OuterMap.NONE, words=OuterMap),
    ] = OuterMap.NONE
    map_size: Annotated[
        MapSize | None,
        Axis(
            "map size",
            "Entries of the timer map, such as 1k,100k",
            65_536,
            exact_count,
            follows=True,
        ),
    ]
    timeout_ns: Annotated[
        Timeout | None,
        Axis(
            "timeout",
            "Timeout of every timer, such as 100us,1ms",
            100 * NS_PER_MS,
            exact_duration,
            follows=True,
            key="timeout",
        ),
    ]
    population: Annotated[
        Population,
        Axis(
            "population",
            "Timers of connections alive from the window's first moment, such as 100k",
            None,
            population_text,
            follows=True,
            words=("none", AUTO),
            more=" (what load and timeout make)",
        ),
    ] = None
    timeout_shape: Annotated[
        TimeoutShape,
        Axis("timeout shape", "Distribution of timeouts", TimeoutShape.FIXED, words=TimeoutShape),
    ] = TimeoutShape.FIXED
    mode: Annotated[
        Mode | None,
        Axis("mode", "Whether resident timers start again", Mode.PERIODIC, words=Mode),
    ] = None
    rearm: Annotated[
        Rearm | None,
        Axis(
            "re-arm",
            "When a timer that starts again expires next",
            Rearm.ABSOLUTE,
            words=Rearm,
        ),
    ] = None
    clock: Annotated[
        Clock,
        Axis("clock", "Clock of the timers", Clock.MONOTONIC, words=Clock),
    ] = Clock.MONOTONIC
    flags: Annotated[
        Flags,
        Axis(
            "flags",
            "Flags of timers",
            (),
            flags_text,
            words=("none", *Flag),
            more=", or two joined by +",
        ),
    ] = ()
    phase: Annotated[
        Phase | None,
        Axis("phase", "First expiry of resident timers", Phase.RANDOM, words=Phase, definition=2),
    ] = None
    arm_cpus: Annotated[
        ArmCpus | None,
        Axis("arm CPUs", "CPUs that arm resident timers", ArmCpus.ALL, words=ArmCpus),
    ] = None
    load_hz: Annotated[
        LoadHz,
        Axis(
            "load",
            "Connections per second, such as 0,5k; max = closed loop",
            0,
            load_text,
            follows=True,
            key="load",
        ),
    ] = 0
    load_shape: Annotated[
        LoadShape | None,
        Axis(
            "load shape",
            "Arrivals",
            LoadShape.CONSTANT,
            of_load=True,
            of_rate=True,
            words=_ARRIVALS,
        ),
    ] = None
    ip: Annotated[
        AddressFamily | None,
        Axis(
            "IP", "IP versions of the load", AddressFamily.BOTH, of_load=True, words=AddressFamily
        ),
    ] = None
    hold_ns: Annotated[
        Hold,
        Axis("hold", "How long a connection stays open", 0, hold_text, of_load=True, key="hold"),
    ] = 0
    payload_bytes: Annotated[
        Payload,
        Axis(
            "payload",
            "Bytes sent and echoed on each connection",
            0,
            exact_count,
            of_load=True,
            key="payload",
        ),
    ] = 0
    instrument: Annotated[
        Instrument,
        Axis("instrument", "What a callback records", Instrument.FULL, words=Instrument),
    ] = Instrument.FULL
    observer: Annotated[
        ObserverName,
        Axis("observer", "Source of softirq figures", ObserverName.AUTO, words=ObserverName),
    ] = ObserverName.AUTO
    options: Options = ()
    control: Control | None = None
    setting: str | None = None

    @property
    def has_load(self) -> bool:
        """Whether connections are made at all."""
        return self.load_hz is None or self.load_hz > 0

    @property
    def stated_map_size(self) -> int:
        """The map size of a cell whose program is ours, which always has one.

        Raises:
            ValueError: The program is somebody else's.
        """
        if self.map_size is None:
            raise ValueError("the program is somebody else's: nothing states a map size")
        return self.map_size

    @property
    def stated_timeout_ns(self) -> int:
        """The timeout, likewise.

        Raises:
            ValueError: The program is somebody else's.
        """
        if self.timeout_ns is None:
            raise ValueError("the program is somebody else's: nothing states a timeout")
        return self.timeout_ns

    def option(self, name: str) -> OptionValue:
        """Value of one of the program's own axes; the program's class says which it has."""
        return dict(self.options)[name]

    def number(self, name: str) -> int:
        """The same for an axis of numbers."""
        return int(self.option(name))


AXES = tuple(rows(Cell))
"""The axes that every sweep has, in the order of a cell's fields."""


def without_load_axes(cell: Cell) -> Cell:
    """The cell without the axes that describe connections if it makes none."""
    if cell.has_load:
        return cell
    return replace(cell, **{axis.field: axis.unused for axis in AXES if axis.of_load})
