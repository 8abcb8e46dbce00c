"""One point of a sweep."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from pydantic.dataclasses import dataclass

from bench.spec.axes import (
    AddressFamily,
    ArmCpus,
    Clock,
    Control,
    Hook,
    Instrument,
    LoadShape,
    MapType,
    Mode,
    ObserverName,
    OuterMap,
    Phase,
    TimeoutShape,
)
from bench.spec.engines import Engine
from bench.spec.values import (
    MAX_EXPIRY_NS,
    MAX_MAP_SIZE,
    MAX_PAYLOAD_BYTES,
    STRICT,
    Flags,
    Options,
    OptionValue,
    Rate,
)


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
