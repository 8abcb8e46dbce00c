"""A sign test that may be looked at after every value: evidence instead of a p-value.

Under the null hypothesis a value is a success with a chance of at most 1/2, whatever came before.
Whoever bets on successes at these odds multiplies his stake, on average, by at most 1. The evidence
is what became of a stake of 1, spread evenly over all chances from 1/2 to 1. It ever reaches
1/alpha, however often and whenever it is looked at, with a chance of at most alpha (Ville, *Etude
critique de la notion de collectif*, 1939; Ramdas, Gruenwald, Vovk and Shafer, *Game-theoretic
statistics and safe anytime-valid inference*, Statistical Science 38, 2023). The even spread is a
beta prior cut off at 1/2.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache

import numpy as np

from bench.stats.ranks import doubled_ranks


@cache
def evidence(successes: int, values: int) -> float:
    """Against "a success has a chance of at most 1/2": e-value of so many successes.

    With s successes of n, twice the integral of (2p)^s (2 - 2p)^(n - s) over p from 1/2 to 1; by
    parts, the number of ways in which n + 1 coins show at most s heads, over (n + 1) C(n, s).
    """
    tosses = values + 1
    fewer = sum(math.comb(tosses, heads) for heads in range(successes + 1))
    return fewer / (tosses * math.comb(values, successes))


@cache
def needed(values: int, least: float) -> int | None:
    """Fewest successes among so many values that are evidence of ``least``; None if all are not."""
    return next((n for n in range(values + 1) if evidence(n, values) >= least), None)


def lag_one(values: Sequence[float]) -> float:
    """Correlation of the ranks of neighbours; 0 where there is none to speak of.

    Ranks, because one disturbed value would hide what the others have in common. Values that are
    not known (nan) are left out.
    """
    known = np.asarray([value for value in values if not math.isnan(value)])
    if len(known) < 3:
        return 0.0
    ranks = doubled_ranks(known).astype(np.float64)
    ranks -= ranks.mean()
    whole = float(ranks @ ranks)
    return float(ranks[1:] @ ranks[:-1]) / whole if whole else 0.0


def grouped(values: Sequence[float], size: int) -> list[float]:
    """Medians of so many neighbours each; what is left over at the end waits for more."""
    groups = [values[at : at + size] for at in range(0, len(values) - size + 1, size)]
    with np.errstate(invalid="ignore"):
        return [float(np.median(group)) for group in groups]
