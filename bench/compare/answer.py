"""Did anything become worse? The answer of a comparison, which its exit code states. Pure.

It fails closed: good is only what was shown to be good. A cell is if the upper bound of the change
of its primary metric lies below ``detect``; the answer is good if *every* cell is. Each bound fails
with chance ``alpha``, and a change that large has to pass the bound of its own cell, so the answer
is wrong with chance ``alpha`` at most, however many cells there are (intersection-union test: R. L.
Berger, *Multiparameter hypothesis testing and acceptance sampling*, Technometrics 24, 1982).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bench.compare.verdict import Comparison, Settings, Verdict
from bench.exits import Exit, exit_of
from bench.spec import Cell
from bench.words.plurals import counted, plural

MANY = 10_000
"""Trials of a cell beyond which nobody goes."""


@dataclass(frozen=True, slots=True)
class Undecided:
    """A cell without an answer, and what it would need."""

    cell: Cell
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a comparison says of its cells.

    Attributes:
        worse: Primary comparisons that are worse; ``better`` likewise.
        shown: Primary comparisons whose change was shown to lie below ``detect``.
        undecided: All other cells, also those that only one run has.
        excluded: Cells that measure no lateness, so that nothing decides them.
        reasons: What else is not answered, a sentence each.
        attributable: Whether a change is of what was compared, and not of another boot or hour.
    """

    worse: Sequence[Comparison]
    better: Sequence[Comparison]
    shown: Sequence[Comparison]
    undecided: Sequence[Undecided]
    excluded: Sequence[Cell]
    reasons: Sequence[str]
    attributable: bool = True

    @property
    def complete(self) -> bool:
        """Whether every cell was decided, and nothing else is missing."""
        decided = self.attributable and bool(self.worse or self.shown)
        return decided and not self.undecided and not self.reasons

    @property
    def exit(self) -> Exit:
        """The exit code: bad news counts also where it is not all of the answer."""
        return exit_of(bad=self.bad, unanswered=not self.complete)

    @property
    def bad(self) -> bool:
        """Whether something became worse, by what was compared."""
        return bool(self.worse) and self.attributable

    @property
    def cells(self) -> int:
        """Cells that were to be decided."""
        decided = {item.cell for item in (*self.worse, *self.shown)}
        return len(decided | {each.cell for each in self.undecided})


def answer(
    comparisons: Iterable[Comparison],
    settings: Settings,
    *,
    others: Sequence[Undecided] = (),
    excluded: Sequence[Cell] = (),
    reasons: Sequence[str] = (),
    attributable: bool = True,
) -> Answer:
    """The answer of comparisons that were judged.

    Args:
        comparisons: All of them; secondary ones decide nothing.
        settings: What counts.
        others: Cells that could not be compared.
        excluded: Cells that measure no lateness.
        reasons: What else is not answered.
        attributable: Whether a change can be that of what was compared.
    """
    primary = [item for item in comparisons if item.primary]
    worse = [item for item in primary if item.verdict is Verdict.WORSE]
    shown = [item for item in primary if item not in worse and _below(item, settings)]
    rest = [item for item in primary if item not in worse and item not in shown]
    return Answer(
        worse=worse,
        better=[item for item in primary if item.verdict is Verdict.BETTER],
        shown=shown,
        undecided=[*(Undecided(item.cell, needs(item, settings)) for item in rest), *others],
        excluded=excluded,
        reasons=reasons,
        attributable=attributable,
    )


def _below(item: Comparison, settings: Settings) -> bool:
    return item.bound is not None and 1 + item.bound < settings.detect


def needs(item: Comparison, settings: Settings) -> str:
    """Why a cell is undecided and what it would need, a sentence without a full stop."""
    goal = factor(settings.detect - 1)
    if item.why and item.change is None:
        return f"{item.why}: measure it again"
    if item.change is not None and 1 + item.change >= settings.detect:
        return (
            f"{item.metric.title} may have changed by {factor(item.change)}, which so few trials "
            f"cannot tell from chance: about {_trials(4 * _most(item))}"
        )
    if item.bound is None or math.isinf(item.bound):
        return _unbounded(item, settings)
    assert item.change is not None
    return (
        f"{item.metric.title} may have risen by up to {factor(item.bound)}: about "
        f"{_trials(_enough(item, settings))} would show less than {goal}"
    )


def _unbounded(item: Comparison, settings: Settings) -> str:
    lost = 0 if item.sides is None else item.sides[1].effects + item.sides[1].unknown
    if item.sides and lost:
        codes = f" ({', '.join(item.sides[1].codes)})" if item.sides[1].codes else ""
        return (
            f"of {counted(lost + len(item.sides[1].values), 'trial')} in NEW {lost} "
            f"{plural(lost, 'does', 'do')} not count{codes}: find out why, and measure it again"
        )
    fewest = next(n for n in range(1, MANY) if 1 / math.comb(2 * n, n) <= settings.alpha)
    return f"too few trials to bound the change: at least {_trials(fewest)}"


def _enough(item: Comparison, settings: Settings) -> int:
    """Trials with which the bound would lie below ``detect``: its distance falls as their root."""
    change, bound = math.log1p(item.change or 0.0), math.log1p(item.bound or 0.0)
    ratio = (bound - change) / (math.log(settings.detect) - change)
    return min(math.ceil(_most(item) * ratio**2), MANY)


def _most(item: Comparison) -> int:
    return max(item.base_trials, item.new_trials, 1)


def _trials(count: int) -> str:
    return f"{count:,} {plural(count, 'trial')} in each run"


def factor(change: float | None) -> str:
    """A relative change as a factor: ``x1.31``; ``-`` for none."""
    if change is None:
        return "-"
    return f"x{1 + change:.2f}" if math.isfinite(change) else "any factor"
