"""Whether blocks of trials differ: a permutation test.

Blocks hold each cell once, so trials are exchanged between blocks within their cell only. If
they were exchanged at will, blocks would be expected to differ less than this design lets them,
by one part in the number of blocks, and a steady host would be called drifting too often.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence

import numpy as np
import numpy.typing as npt
from numpy.random import Generator, default_rng

Floats = npt.NDArray[np.float64]

RESAMPLES = 2_000
AT_ONCE = 200
"""Resamples made together: fewer take longer, more take memory."""


def blocks_drift(
    values: Sequence[float] | Floats,
    blocks: Sequence[Hashable],
    *,
    strata: Sequence[Hashable] | None = None,
    seed: int = 0,
) -> float | None:
    """Chance of blocks as different as these if only trials differed: a permutation test.

    Args:
        values: One figure of each trial.
        blocks: The block of each.
        strata: What each is a trial of, where that differs: trials are exchanged within these
            only.
        seed: Of the permutations.

    Returns:
        The p-value of the variance between blocks, by ranks; None if there is only one block,
        or nothing to exchange: no block, or no stratum, of two trials.
    """
    labels = _numbered(blocks)
    sizes = np.bincount(labels)
    kinds = _numbered(strata) if strata is not None else np.zeros(len(labels), dtype=np.intp)
    largest = np.max(np.bincount(kinds) if strata is not None else sizes, initial=0)
    if len(sizes) < 2 or largest < 2:
        return None
    ranks = _mid_ranks(values)
    rng = default_rng(seed)
    seen = _between(ranks[np.newaxis], labels, sizes)[0] * (1 - 1e-12)
    as_far = sum(
        np.count_nonzero(_between(shuffled, labels, sizes) >= seen)
        for shuffled in _exchanged(ranks, kinds, rng)
    )
    return float((as_far + 1) / (RESAMPLES + 1))


def _numbered(labels: Sequence[Hashable]) -> npt.NDArray[np.intp]:
    numbers: dict[Hashable, int] = {}
    return np.array([numbers.setdefault(label, len(numbers)) for label in labels], dtype=np.intp)


def _mid_ranks(values: Sequence[float] | Floats) -> Floats:
    """Ranks; equal values share the mean of theirs, or their order would be taken for drift."""
    _, places, counts = np.unique(np.asarray(values), return_inverse=True, return_counts=True)
    ranks: Floats = (np.cumsum(counts) - (counts - 1) / 2)[places]
    return ranks


def _exchanged(ranks: Floats, kinds: npt.NDArray[np.intp], rng: Generator) -> Iterator[Floats]:
    """All resamples, some at a time; in each the ranks of a kind have changed places."""
    order = np.argsort(kinds, kind="stable")
    parts = np.split(order, np.cumsum(np.bincount(kinds))[:-1])
    by_size: dict[int, list[npt.NDArray[np.intp]]] = {}
    for part in parts:
        by_size.setdefault(len(part), []).append(part)
    for _ in range(RESAMPLES // AT_ONCE):
        shuffled = np.tile(ranks, (AT_ONCE, 1))
        for same in (np.array(group) for size, group in by_size.items() if size > 1):
            keys = rng.random((AT_ONCE, *same.shape), dtype=np.float32)
            shuffled[:, same] = ranks[same][np.arange(len(same))[:, np.newaxis], keys.argsort()]
        yield shuffled


def _between(ranks: Floats, labels: npt.NDArray[np.intp], sizes: npt.NDArray[np.intp]) -> Floats:
    of_block = (labels[:, np.newaxis] == np.arange(len(sizes))).astype(np.float64)
    sums: Floats = ranks @ of_block
    spread: Floats = (sums**2 / sizes).sum(axis=1)
    return spread
