"""What each predicted quantity depends on: a declaration each. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from bench.quantities.callbacks import IN_KSOFTIRQD, P50, P99
from bench.quantities.load import CONNECT_P50, CONNECT_P99
from bench.quantities.quantity import Quantity
from bench.quantities.total_cost import TOTAL_CPU
from bench.spec import Engine
from bench.units import NS_PER_S


@dataclass(frozen=True, slots=True)
class Demand:
    """What is asked of an engine."""

    rate_hz: float
    timeout_ns: float

    @property
    def live(self) -> float:
        """Timers alive, by Little's law; one end of each connection."""
        return self.rate_hz * self.timeout_ns / NS_PER_S


TERMS: dict[str, Callable[[Demand], float]] = {
    "1": lambda demand: 1.0,
    "rate": lambda demand: demand.rate_hz,
    "live": lambda demand: demand.live,
    "rate x log2 live": lambda demand: demand.rate_hz * math.log2(max(demand.live, 2.0)),
    "ln rate": lambda demand: math.log(demand.rate_hz),
    "ln live": lambda demand: math.log(demand.live),
}
"""What a coefficient is multiplied with, by name; the page's script has the same."""


class Shape(StrEnum):
    """``cost`` is a sum of costs, ``power`` a product of powers, ``share`` a straight line."""

    COST = "cost"
    POWER = "power"
    SHARE = "share"


@dataclass(frozen=True, slots=True)
class Modelled:
    """A quantity that is predicted.

    Attributes:
        terms: Names of its terms, most important first, for an engine: those that a run's points
            do not tell apart are left out from the end.
    """

    quantity: Quantity
    shape: Shape
    terms: Callable[[Engine], tuple[str, ...]]


_POWERS = ("1", "ln live", "ln rate")


def _costs(engine: Engine) -> tuple[str, ...]:
    """Start, callback and free of each timer; deeper trees with more; a scan visits what lives."""
    if engine.facts.in_softirq or engine is Engine.BPF_WQ:
        return ("rate", "rate x log2 live")
    return ("rate", "live") if engine.facts.has_expiry else ("rate",)


MODELLED = (
    Modelled(TOTAL_CPU, Shape.COST, _costs),
    Modelled(P50, Shape.POWER, lambda engine: _POWERS),
    Modelled(P99, Shape.POWER, lambda engine: _POWERS),
    Modelled(IN_KSOFTIRQD, Shape.SHARE, lambda engine: ("1", "rate")),
    Modelled(CONNECT_P50, Shape.POWER, lambda engine: _POWERS),
    Modelled(CONNECT_P99, Shape.POWER, lambda engine: _POWERS),
)
"""All of them, in the order in which they are shown."""
