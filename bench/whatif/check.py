"""Whether a model holds: a whole rate, or a whole timeout, is left out and then predicted. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from bench.units import exact_duration, format_count
from bench.whatif.model import fitted
from bench.whatif.points import EnginePoints, Point
from bench.whatif.terms import MODELLED, Modelled, Shape

MOST_ERROR = 0.15
"""Median error up to which a model holds: relative, of shares in points."""
LEAST_INSIDE = 0.80
"""Share of the figures left out that their interval must hold."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A figure that the model was not shown.

    Attributes:
        without: What was left out: ``2k/s`` or ``timeout 300s``.
        error: Predicted less measured: relative, of a share absolute.
        inside: Whether the interval of the prediction holds what was measured.
    """

    engine: str
    modelled: Modelled
    point: Point
    without: str
    predicted: float
    low: float
    high: float
    measured: float
    error: float
    inside: bool


@dataclass(frozen=True, slots=True)
class Check:
    """What leaving out showed of one quantity."""

    modelled: Modelled
    left: tuple[LeftOut, ...]

    @property
    def error(self) -> float | None:
        """Median size of the errors; None if nothing could be left out."""
        return median(abs(each.error) for each in self.left) if self.left else None

    @property
    def inside(self) -> int:
        """How many intervals held what was measured."""
        return sum(each.inside for each in self.left)

    @property
    def holds(self) -> bool:
        """Whether the quantity may be predicted."""
        error = self.error
        return error is not None and error <= MOST_ERROR and self._covers

    @property
    def _covers(self) -> bool:
        return self.inside >= LEAST_INSIDE * len(self.left)


def checks(engines: Sequence[EnginePoints]) -> tuple[Check, ...]:
    """One for each quantity, over all engines."""
    return tuple(Check(modelled, tuple(_left_out(modelled, engines))) for modelled in MODELLED)


_WHOLE: tuple[tuple[Callable[[Point], float], Callable[[float], str]], ...] = (
    (lambda point: point.demand.rate_hz, lambda rate: f"{format_count(rate)}/s"),
    (lambda point: point.demand.timeout_ns, lambda ns: f"timeout {exact_duration(round(ns))}"),
)
"""What is left out as a whole, and its name."""


def _left_out(modelled: Modelled, engines: Sequence[EnginePoints]) -> Iterator[LeftOut]:
    for engine in engines:
        for value_of, name in _WHOLE:
            values = sorted({value_of(point) for point in engine.points})
            for value in values if len(values) > 1 else ():
                kept = [point for point in engine.points if value_of(point) != value]
                gone = [point for point in engine.points if value_of(point) == value]
                yield from _predicted(modelled, engine, kept, gone, name(value))


def _predicted(
    modelled: Modelled,
    engine: EnginePoints,
    kept: Sequence[Point],
    gone: Sequence[Point],
    without: str,
) -> Iterator[LeftOut]:
    """Nothing where what is kept does not tell as many terms apart as all points do."""
    model, whole = (fitted(modelled, engine.engine, points) for points in (kept, engine.points))
    if model is None or whole is None or len(model.terms) < len(whole.terms):
        return
    for point in gone:
        figure = point.get(modelled.quantity)
        if figure is None or (modelled.shape is not Shape.SHARE and figure.median <= 0):
            continue
        found = model.predict(point.demand)
        error = found.value - figure.median
        yield LeftOut(
            engine=engine.name,
            modelled=modelled,
            point=point,
            without=without,
            predicted=found.value,
            low=found.low,
            high=found.high,
            measured=figure.median,
            error=error if modelled.shape is Shape.SHARE else error / figure.median,
            inside=found.holds(figure.median),
        )
