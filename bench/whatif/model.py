"""The model of one quantity of one engine: fitted to a run's points, asked for others. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from bench.analysis.estimate import Estimate
from bench.spec import Engine
from bench.stats.least_squares import Fit, Predicted, fit
from bench.whatif.points import Point
from bench.whatif.terms import TERMS, Demand, Modelled, Shape

Known = Sequence[tuple[Demand, Estimate]]
_HALF_WIDTHS = 1.96
"""Standard errors in the half width of an interval of 95 %."""


@dataclass(frozen=True, slots=True)
class Model:
    """What is predicted, by which terms, and how."""

    modelled: Modelled
    terms: tuple[str, ...]
    fit: Fit

    def predict(self, demand: Demand) -> Predicted:
        """The quantity at a demand, with the interval of a new measurement."""
        found = self.fit.predict(_terms(self.terms, demand))
        match self.modelled.shape:
            case Shape.POWER:
                return Predicted(*(math.exp(end) for end in (found.value, found.low, found.high)))
            case Shape.SHARE:
                return Predicted(*map(_share, (found.value, found.low, found.high)))
        return Predicted(found.value, max(found.low, 0.0), found.high)


def _share(value: float) -> float:
    return min(max(value, 0.0), 1.0)


def _terms(names: Sequence[str], demand: Demand) -> list[float]:
    return [TERMS[name](demand) for name in names]


def fitted(modelled: Modelled, engine: Engine, points: Sequence[Point]) -> Model | None:
    """The model with as many of its terms as the points tell apart; None if it has none.

    Costs are not negative: a term that would have to be is left out.
    """
    known = [(p.demand, e) for p in points if (e := p.get(modelled.quantity)) is not None]
    if modelled.shape is not Shape.SHARE:
        known = [(demand, figure) for demand, figure in known if figure.median > 0]
    terms = modelled.terms(engine)
    while terms and known:
        found = _fit(modelled.shape, terms, known)
        if found is None:
            terms = terms[:-1]
            continue
        negative = _negative(modelled.shape, terms, found)
        if not negative:
            return Model(modelled, terms, found)
        terms = tuple(term for term in terms if term != negative)
    return None


def _negative(shape: Shape, terms: Sequence[str], found: Fit) -> str | None:
    """The term that takes most away from the others, where none may."""
    if shape is not Shape.COST:
        return None
    least, name = min(zip(found.coefficients, terms, strict=True))
    return name if least < 0 else None


def _fit(shape: Shape, terms: Sequence[str], known: Known) -> Fit | None:
    rows = [_terms(terms, demand) for demand, _ in known]
    values = [figure.median for _, figure in known]
    if shape is Shape.POWER:
        values = [math.log(value) for value in values]
    least = median(_standard_error(figure, absolute=shape is Shape.SHARE) for _, figure in known)
    return fit(rows, values, relative=shape is Shape.COST, least_scatter=least)


def _standard_error(figure: Estimate, *, absolute: bool) -> float:
    half = (figure.high - figure.low) / 2 / _HALF_WIDTHS
    return half if absolute else half / figure.median
