"""Grids and sweeps: everything that decides what a run measures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema
from pydantic.dataclasses import dataclass

from bench.spec.axes import (
    AddressFamily,
    ArmCpus,
    Clock,
    Control,
    Controls,
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
    STRICT,
    Flags,
    Hold,
    LoadHz,
    MapSize,
    Nanoseconds,
    OptionValue,
    Payload,
    Timeout,
)
from bench.units import NS_PER_DAY, parse_share


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
