"""What a run says of a demand that it did not measure. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bench.analysis.cell_rows import CellRow
from bench.errors import BenchError
from bench.quantities.quantity import Quantity
from bench.quantities.total_cost import TOTAL_CPU
from bench.stats.least_squares import Predicted
from bench.units import format_percent
from bench.whatif.check import LEAST_INSIDE, MOST_ERROR, Check, checks
from bench.whatif.memory import memory_bytes
from bench.whatif.model import fitted
from bench.whatif.points import EnginePoints, engine_points
from bench.whatif.push_backs import PushBacks
from bench.whatif.span import refusal
from bench.whatif.terms import MODELLED, Demand


@dataclass(frozen=True, slots=True)
class Figure:
    """A quantity at the demand.

    Attributes:
        predicted: None where it is not, and then ``why``.
    """

    quantity: Quantity
    predicted: Predicted | None
    why: str = ""


@dataclass(frozen=True, slots=True)
class EngineAnswer:
    """What an engine would do.

    Attributes:
        refused: Why nothing is predicted; None if it is.
        memory: Bytes of the kernel; None where the run did not measure them.
    """

    name: str
    refused: str | None
    figures: tuple[Figure, ...] = ()
    memory: float | None = None

    @property
    def answered(self) -> bool:
        """Whether anything is predicted."""
        return any(figure.predicted for figure in self.figures)


@dataclass(frozen=True, slots=True)
class WhatIf:
    """The answer of a run.

    Attributes:
        callbacks_hz: A timer expires once, however often it is pushed back.
    """

    demand: Demand
    engines: tuple[EngineAnswer, ...]
    checks: tuple[Check, ...]

    @property
    def callbacks_hz(self) -> float:
        """In the steady state as many timers expire as connections begin."""
        return self.demand.rate_hz

    @property
    def answered(self) -> bool:
        """Whether anything is predicted of any engine."""
        return any(engine.answered for engine in self.engines)


def what_if(rows: Sequence[CellRow], demand: Demand, pushes: PushBacks | None = None) -> WhatIf:
    """Ask the model of each engine.

    Raises:
        BenchError: The run has no cell that a model could be fitted to.
    """
    engines = engine_points(rows)
    if not engines:
        raise BenchError(
            "no valid cell has connections with a population of timers, so there is no model",
            remedy="Measure one: bench run --sweep connections",
        )
    checked = checks(engines)
    by_key = {check.modelled.quantity.key: check for check in checked}
    answers = tuple(_engine(engine, demand, by_key, pushes) for engine in engines)
    return WhatIf(demand, answers, checked)


def _engine(
    engine: EnginePoints, demand: Demand, known: Mapping[str, Check], pushes: PushBacks | None
) -> EngineAnswer:
    refused = refusal(engine, demand)
    if refused:
        return EngineAnswer(engine.name, refused)
    figures = tuple(_figures(engine, demand, known, pushes))
    return EngineAnswer(engine.name, None, figures, memory_bytes(engine, demand))


def _figures(
    engine: EnginePoints, demand: Demand, known: Mapping[str, Check], pushes: PushBacks | None
) -> Iterator[Figure]:
    for modelled in MODELLED:
        quantity = modelled.quantity
        if not any(point.get(quantity) for point in engine.points):
            continue
        why = _withheld(known[quantity.key])
        model = None if why else fitted(modelled, engine.engine, engine.points)
        if model is None:
            yield Figure(quantity, None, why or "too few points to fit")
            continue
        found = model.predict(demand)
        if pushes and quantity is TOTAL_CPU:
            found = pushes.added_to(found, demand)
        yield Figure(quantity, found)


def _withheld(check: Check) -> str:
    """Why a quantity is not predicted at all."""
    if check.error is None:
        return "nothing could be left out to check it"
    if check.holds:
        return ""
    inside = f"{check.inside} of {len(check.left)} in their interval"
    return (
        f"does not hold: left out, it was missed by {format_percent(check.error)} in the median "
        f"(at most {format_percent(MOST_ERROR)}), {inside} "
        f"(at least {format_percent(LEAST_INSIDE)})"
    )
