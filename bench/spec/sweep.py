"""Grids and sweeps: everything that decides what a run measures."""

from __future__ import annotations

from collections.abc import ItemsView, Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Discriminator,
    Field,
    PlainSerializer,
    Tag,
    WithJsonSchema,
    model_validator,
)
from pydantic.dataclasses import dataclass
from pydantic_core import ArgsKwargs

from bench.spec.axes import Control, Controls
from bench.spec.axis import AUTO, Axis
from bench.spec.cell import AXES
from bench.spec.engines import Engine
from bench.spec.held import HELD
from bench.spec.values import NO_POPULATION, STRICT, Nanoseconds, OptionValue
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


_OF_POPULATION = ("timeout", "load")
"""Two of these and the population make the third."""


def followed(data: Any) -> Any:
    """What a sweep writes of a grid, with ``auto`` for what follows from its population."""
    written = data.kwargs if isinstance(data, ArgsKwargs) else data
    if not isinstance(written, Mapping):
        return data
    found = {**dict.fromkeys(_following(written), AUTO), **written}
    return ArgsKwargs(data.args, found) if isinstance(data, ArgsKwargs) else found


def _named(options: Any) -> set[Any]:
    """Names of options, of a file or of pairs; what is neither is refused later."""
    pairs = options.items() if isinstance(options, Mapping) else options or ()
    return {each[0] for each in pairs} if isinstance(pairs, tuple | ItemsView) else set()


def _following(written: Mapping[str, Any]) -> tuple[str, ...]:
    populations = _as_list(written.get("population"))
    if all(one in (None, NO_POPULATION) for one in populations):
        return ("map_size",) if HELD.name in _named(written.get("options")) else ()
    known = all(one == AUTO for one in populations)
    return ("map_size",) if known else (*_OF_POPULATION, "map_size")


_MEANING = """Axes of a sweep for one program; the cells are their Cartesian product.

    Every axis takes one value or a list, with units: ``timeout: [10ms, 100ms]``. The
    program's own axes are in ``options``: ``options: {packets: [0, 100k]}``. ``auto`` follows from
    the others; beside a population it is what is not written of ``timeout``, ``load`` and
    ``map_size``.
    """

if TYPE_CHECKING:

    class Grid:
        """Axes of a sweep for one program; see below."""

        __dataclass_fields__: ClassVar[dict[str, Any]]
        program: str
        options: tuple[tuple[str, tuple[OptionValue, ...]], ...]

        def __init__(self, *, program: str, **axes: Any) -> None:
            """Values by axis."""

        def __getattr__(self, axis: str) -> Any:
            """Values of an axis."""

else:

    def _kind(value: object) -> str:
        return AUTO if value == AUTO else "value"

    def _one(axis: Axis) -> Any:
        if not axis.follows:
            return axis.type
        either = Annotated[Literal[AUTO], Tag(AUTO)] | Annotated[axis.type, Tag("value")]
        return Annotated[either, Discriminator(_kind)]

    def _several(axis: Axis) -> Any:
        return Annotated[tuple[_one(axis), ...], Several, Field(min_length=1)]

    Grid = dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)(
        type(
            "Grid",
            (),
            {
                "__module__": __name__,
                "__doc__": _MEANING,
                "__annotations__": {"program": str}
                | {axis.key: _several(axis) for axis in AXES}
                | {"options": GridOptions},
                **{axis.key: (axis.default,) for axis in AXES},
                "options": (),
                "followed": model_validator(mode="before")(followed),
            },
        )
    )


SHORTEST_PILOT = 3_500_000_000
"""Window of a pilot, ns, whose second half has samples enough to be called steady."""


def _judgeable(pilot: int) -> int:
    if 0 < pilot < SHORTEST_PILOT:
        raise ValueError("write 0 for none, or at least 3.5s: less has too few samples")
    return pilot


Share = Annotated[float, BeforeValidator(parse_share), Field(gt=0, lt=1)]


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class Sweep:
    """Everything that decides what a run measures.

    Attributes:
        name: Short name, part of the run id.
        question: What the sweep is to answer, in one sentence.
        duration: Window of each trial, ns.
        warmup: Time between arming and window, ns, on top of one timeout.
        pilot: Window of a trial of each cell before the first block, ns, by which the warm-up is
            prolonged; 0 = none, or it was measured: ``warmup`` is what it found.
        repeat: Trials per cell; each repetition is one randomised block.
        seed: Seed of the order and of the load; None = drawn and recorded at start.
        max_steal: Share of CPU time stolen by the hypervisor beyond which a trial is invalid.
        allow_overload: Permit offered callback rates beyond the safety bound.
        polite: End a trial when others on the host suffer; never compared with runs that do not.
        controls: Controls to measure in each block beside the cells. A user who says nothing
            gets :data:`USUAL_CONTROLS`; the default here is that of runs older than this key.
        without_controls: Controls to leave out; those that the host has no tool for are added
            when the run begins.
        optional_engines: Engines whose cells are left out on a kernel that lacks the engine, which
            refuses any other sweep.
        precision: Half width of a cell's 97 % interval over its median, beyond which the cell
            is measured again; None = every cell ``repeat`` times.
        precision_metric: The metric whose interval counts.
        budget: Measuring time after which nothing is repeated any more, ns.
    """

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")] = "custom"
    question: str = ""
    duration: Annotated[Nanoseconds, Field(ge=10_000_000, le=NS_PER_DAY)] = 5_000_000_000
    warmup: Annotated[Nanoseconds, Field(ge=0, le=NS_PER_DAY)] = 500_000_000
    pilot: Annotated[Nanoseconds, Field(ge=0, le=NS_PER_DAY), AfterValidator(_judgeable)] = 0
    repeat: Annotated[int, Field(ge=1, le=10_000)] = 5
    seed: Annotated[int, Field(ge=0, lt=2**63)] | None = None
    max_steal: Annotated[float, Field(ge=0, le=1), BeforeValidator(parse_share)] = 0.10
    allow_overload: bool = False
    polite: bool = False
    controls: Controls = Controls.NONE
    without_controls: tuple[Control, ...] = ()
    optional_engines: tuple[Engine, ...] = ()
    precision: Share | None = None
    precision_metric: str = "p99 lateness"
    budget: Annotated[Nanoseconds, Field(ge=0, le=NS_PER_DAY)] = 600_000_000_000
    cells: Annotated[tuple[Grid, ...], Field(min_length=1)]
