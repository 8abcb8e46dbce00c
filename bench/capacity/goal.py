"""Goals such as ``p99.9 <= 1ms and served >= 99.9%``, and whether a trial meets them."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable
from dataclasses import dataclass

from bench.errors import BenchError, UsageError, quoted
from bench.quantities.catalogue import GOALS
from bench.record import Status, TrialRecord

_TERM = re.compile(r"\s*(\S+)\s*(<=|>=)\s*(\S+)\s*\Z")
_COMPARE: dict[str, Callable[[float, float], bool]] = {"<=": operator.le, ">=": operator.ge}


@dataclass(frozen=True, slots=True)
class Term:
    """One bound of a goal."""

    name: str
    sign: str
    bound: float

    def met(self, record: TrialRecord) -> bool:
        """Whether a measured trial keeps the bound.

        Raises:
            BenchError: The trial does not have the quantity.
        """
        value = GOALS[self.name].value(record)
        if value is None:
            raise BenchError(
                f"a trial cannot measure {self.name}: it saw too few callbacks or none of its kind",
                remedy="Use a longer --duration, a higher --min, or another goal",
            )
        return _COMPARE[self.sign](value, self.bound)


@dataclass(frozen=True, slots=True)
class Goal:
    """What a rate must meet: all of its terms.

    Attributes:
        text: As the user wrote it.
    """

    text: str
    terms: tuple[Term, ...]

    def met(self, record: TrialRecord) -> bool:
        """Whether a trial meets it; an invalid one does not, whatever it measured."""
        return record.status is Status.OK and all(term.met(record) for term in self.terms)

    def judged_by(self, record: TrialRecord) -> bool:
        """Whether a trial has every quantity of the goal, or is invalid, which settles it."""
        known = (GOALS[term.name].value(record) for term in self.terms)
        return record.status is not Status.OK or all(value is not None for value in known)

    def lowest_hz(self, window_s: float) -> int:
        """Callbacks per second below which a window cannot carry the goal's percentiles."""
        most = max(GOALS[term.name].least for term in self.terms)
        return math.ceil(1.2 * most / window_s)


def parse_goal(text: str) -> Goal:
    """A goal from text.

    Raises:
        UsageError: Naming the part that is wrong, and what is allowed.
    """
    return Goal(text, tuple(_term(part, text) for part in re.split(r"\s+and\s+", text.strip())))


def _term(part: str, whole: str) -> Term:
    match = _TERM.match(part)
    if match is None:
        raise UsageError(
            f"--goal {quoted(whole)}: {quoted(part)} is not a bound",
            remedy="Write it like p99.9 <= 1ms",
        )
    name, sign, bound = match.groups()
    if name not in GOALS:
        known = ", ".join(GOALS)
        raise UsageError(
            f"--goal {quoted(whole)}: unknown {quoted(name)}", remedy=f"Known are: {known}"
        )
    try:
        return Term(name, sign, GOALS[name].unit.parse(bound))
    except ValueError as error:
        raise UsageError(f"--goal {quoted(whole)}: {error}", remedy="Correct the bound") from error
