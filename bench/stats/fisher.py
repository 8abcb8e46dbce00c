"""Two shares compared exactly: are there more of a kind among the second trials?"""

from __future__ import annotations

import math


def p_more(base: int, base_total: int, new: int, new_total: int) -> float:
    """Chance of so many among ``new`` if the kind is no more frequent there, one-sided.

    R. A. Fisher, *The logic of inductive inference*, J. Royal Stat. Soc. 98, 1935: given how many
    there are in all, every choice of the trials that are of the kind is equally likely.

    Args:
        base: Trials of the kind among ``base_total``; ``new`` likewise.
    """
    of_kind, total = base + new, base_total + new_total
    as_many = sum(
        math.comb(new_total, k) * math.comb(base_total, of_kind - k)
        for k in range(new, min(of_kind, new_total) + 1)
    )
    return as_many / math.comb(total, of_kind)
