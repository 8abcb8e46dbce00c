"""Many tests at once: keep the share of false findings small."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def false_discovery(p_values: Sequence[float]) -> list[float]:
    """Adjusted p-values: calling those up to ``a`` findings makes a share ``a`` of them false.

    Benjamini and Hochberg, *Controlling the false discovery rate*, J. R. Stat. Soc. B 57,
    1995, for independent tests. Benjamini and Yekutieli, Annals of Statistics 29, 2001, prove
    it for positively dependent ones. Percentiles of the same trials are taken for such.
    """
    p = np.asarray(p_values, dtype=np.float64)
    order = np.argsort(p)[::-1]
    scaled = p[order] * len(p) / np.arange(len(p), 0, -1)
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(np.minimum.accumulate(scaled), 1.0)
    return [float(value) for value in adjusted]
