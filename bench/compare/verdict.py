"""What is said of a metric of a cell, after correction for the number of comparisons. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from bench.compare.margins import margin
from bench.compare.trials import Side
from bench.quantities.quantity import Better, Quantity
from bench.spec import Cell
from bench.stats.bootstrap import Interval
from bench.stats.multiple import false_discovery


class Verdict(StrEnum):
    """``same`` is a finding of its own; ``cannot tell`` is none."""

    BETTER = "better"
    WORSE = "worse"
    SAME = "same"
    CANNOT_TELL = "cannot tell"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """When a difference counts.

    Attributes:
        ratio: Relative change that matters in practice, 0.1 = 10 %.
        points: Change of a share that matters, 0.01 = one percentage point.
        alpha: Share of findings allowed to be false, over the whole comparison.
        level: Of the intervals, each on its own.
        detect: Factor of a cell's primary metric that no cell may have reached if all is good.
    """

    ratio: float = 0.10
    points: float = 0.01
    alpha: float = 0.05
    level: float = 0.95
    detect: float = 1.5

    def margin(self, metric: Quantity) -> float:
        """The change that matters, on the metric's own axis."""
        return margin(metric, self.ratio, self.points)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One metric of one cell in two runs.

    Attributes:
        base: Median of the trials that count; ``new`` likewise. None without any.
        base_trials: Trials that count.
        change: Of ``new`` against ``base``: relative, or in points; None without data.
        interval: Of the change; None where the trials are too few.
        p: Chance of trials as far apart as these if the change is within the threshold,
            corrected for all comparisons of its family; of a primary metric, of trials as far
            apart in the direction seen.
        p_same: Chance of trials as close as these if it is beyond, corrected likewise.
        why: Why there is no verdict, where that is not the trials' spread.
        least_p: The least that ``p`` could have been for so many trials, before correction.
        primary: It is the metric that decides its cell.
        bound: What the change of a primary metric does not exceed, one-sided; infinite where
            nothing can be said.
        sides: What came of all trials of a primary metric in both runs.
        p_effects: Chance of so many trials spoilt by the timers themselves if there are no more of
            them than in ``base``, corrected for the number of cells.
    """

    cell: Cell
    metric: Quantity
    base: float | None
    new: float | None
    base_trials: int
    new_trials: int
    change: float | None = None
    interval: Interval | None = None
    p: float | None = None
    p_same: float | None = None
    verdict: Verdict = Verdict.CANNOT_TELL
    why: str = ""
    least_p: float = 1.0
    primary: bool = False
    bound: float | None = None
    sides: tuple[Side, Side] | None = None
    p_effects: float | None = None


def judged(found: Sequence[Comparison], settings: Settings) -> list[Comparison]:
    """Verdicts; primary metrics are corrected as a family of their own, all others as another."""
    primary = iter(_family([item for item in found if item.primary], settings))
    secondary = iter(_family([item for item in found if not item.primary], settings))
    return [next(primary if item.primary else secondary) for item in found]


def _family(found: Sequence[Comparison], settings: Settings) -> list[Comparison]:
    tested = [item for item in found if item.p is not None and item.p_same is not None]
    p = iter(_corrected(tested))
    p_same = iter(false_discovery([item.p_same or 0.0 for item in tested]))
    shares = [item.p_effects for item in found if item.p_effects is not None]
    p_effects = iter(false_discovery(shares))
    return [
        _verdict(
            replace(
                item,
                p=None if item.p is None else next(p),
                p_same=None if item.p is None else next(p_same),
                p_effects=None if item.p_effects is None else next(p_effects),
            ),
            settings,
        )
        for item in found
    ]


def _corrected(tested: Sequence[Comparison]) -> list[float]:
    """Corrected ``p``; of one-sided tests, each direction is a family of its own.

    In a common one, true findings of one direction would let through false ones of the other.
    """
    raw = [item.p or 0.0 for item in tested]
    if not any(item.primary for item in tested):
        return false_discovery(raw)
    up = [(item.change or 0.0) > 0 for item in tested]
    rising = false_discovery([p if rises else 1.0 for p, rises in zip(raw, up, strict=True)])
    falling = false_discovery([1.0 if rises else p for p, rises in zip(raw, up, strict=True)])
    return [r if rises else f for r, f, rises in zip(rising, falling, up, strict=True)]


def _verdict(item: Comparison, settings: Settings) -> Comparison:
    if item.p_effects is not None and item.p_effects <= settings.alpha:
        return replace(
            item, verdict=Verdict.WORSE, why="more trials spoilt by the timers' own work"
        )
    if item.p is None or item.p_same is None or item.change is None:
        return item
    if item.p <= settings.alpha:
        good = (item.change > 0) == (item.metric.better is Better.HIGHER)
        return replace(item, verdict=Verdict.BETTER if good else Verdict.WORSE)
    if item.p_same <= settings.alpha:
        return replace(item, verdict=Verdict.SAME)
    if item.interval is None:
        return replace(item, why="too few trials for an interval")
    return item
