"""Two small samples compared by a t test against a margin, with a variance that others lend. Pure.

A few boots know their own variance badly. Cells of a kind have variances of a kind, so each is
drawn towards their common one, by as much as they agree (G. K. Smyth, *Linear models and empirical
Bayes methods for assessing differential expression*, Stat. Appl. Genet. Mol. Biol. 3, 2004). What
is tested is not "no difference" but a difference within the margin (D. J. McCarthy, G. K. Smyth,
*Testing significance relative to a fold-change threshold is a TREAT*, Bioinformatics 25, 2009).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bench.stats.ranks import Floats
from bench.stats.student import digamma, t_above, t_quantile, trigamma, trigamma_inverse

FEWEST = 3
"""Variances that make a prior."""


@dataclass(frozen=True, slots=True)
class Prior:
    """What is known of a variance before it is measured: as of so many degrees of freedom."""

    variance: float = 0.0
    freedom: float = 0.0


@dataclass(frozen=True, slots=True)
class Shifted:
    """A difference of means with its moderated error.

    Attributes:
        estimate: Of ``new`` above ``base``.
        error: Its standard error.
        freedom: Degrees of freedom.
    """

    estimate: float
    error: float
    freedom: float

    def p_beyond(self, margin: float) -> float:
        """Chance of so much in the direction seen if the difference is within the margin."""
        return t_above(self._in_errors(abs(self.estimate) - margin), self.freedom)

    def p_within(self, margin: float) -> float:
        """Chance of so little if the difference is the margin or more."""
        return t_above(self._in_errors(margin - abs(self.estimate)), self.freedom)

    def end(self, level: float) -> float:
        """What the difference does not exceed, one-sided."""
        return self.estimate + t_quantile(level, self.freedom) * self.error

    def _in_errors(self, distance: float) -> float:
        return distance / self.error if self.error else math.copysign(math.inf, distance)


def pooled(base: Floats, new: Floats) -> tuple[float, int]:
    """Variance within both samples, and its degrees of freedom."""
    freedom = len(base) + len(new) - 2
    squares = np.sum((base - base.mean()) ** 2) + np.sum((new - new.mean()) ** 2)
    return float(squares / freedom), freedom


def prior_of(variances: Sequence[float], freedom: int) -> Prior:
    """What these variances, each of so many degrees of freedom, have in common; nothing if few."""
    known = [variance for variance in variances if variance > 0]
    if len(known) < FEWEST:
        return Prior()
    half = freedom / 2
    logs = np.log(known) - digamma(half) + math.log(half)
    apart = float(np.var(logs, ddof=1)) - trigamma(half)
    middle = float(np.mean(logs))
    if apart <= 0:
        return Prior(math.exp(middle), math.inf)
    prior = 2 * trigamma_inverse(apart)
    return Prior(math.exp(middle + digamma(prior / 2) - math.log(prior / 2)), prior)


def shifted(base: Floats, new: Floats, prior: Prior) -> Shifted:
    """The difference of two samples, with a variance that the prior moderates."""
    variance, freedom = pooled(base, new)
    if math.isinf(prior.freedom):
        variance = prior.variance
    else:
        together = prior.freedom * prior.variance + freedom * variance
        variance = together / (prior.freedom + freedom)
    error = math.sqrt(variance * (1 / len(base) + 1 / len(new)))
    return Shifted(float(new.mean() - base.mean()), error, prior.freedom + freedom)
