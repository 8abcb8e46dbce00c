"""One block is what ranks give; of several every split within blocks is counted as the oracle."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
import pytest

from bench.stats import blocked, ranks
from bench.stats.blocked import Block, p_greater, shift, upper_bound


def drawn(seed: int, sizes: list[tuple[int, int]], shift: float = 0.0) -> list[Block]:
    """Blocks that differ from each other by far more than samples do within."""
    rng = np.random.default_rng(seed)
    return [
        (100.0 * n + rng.exponential(1, base), 100.0 * n + shift + rng.exponential(1, new))
        for n, (base, new) in enumerate(sizes)
    ]


@pytest.mark.parametrize("ties", [False, True])
def test_one_block_is_compared_as_before(ties: bool) -> None:
    rng = np.random.default_rng(5)
    base, new = rng.normal(0, 2, 6), rng.normal(1, 2, 7)
    if ties:
        base, new = base.round(), new.round()
    one = [(base, new)]
    assert blocked.p_beyond(one, 0.5) == pytest.approx(ranks.p_beyond(base, new, 0.5))
    assert blocked.p_equivalent(one, 0.5) == pytest.approx(ranks.p_equivalent(base, new, 0.5))
    assert blocked.smallest_p(one) == ranks.smallest_p(6, 7)
    ours, theirs = blocked.shift(one), ranks.shift(base, new)
    assert ours.interval == theirs.interval
    assert (ours.estimate, ours.p) == (theirs.estimate, pytest.approx(theirs.p))


def rank_sum(base: np.ndarray, new: np.ndarray) -> float:
    """Pairs in which the new value is the greater; a tie is half of one."""
    above = np.subtract.outer(new, base)
    return float((above > 0).sum() + (above == 0).sum() / 2)


def test_p_values_of_blocks_count_every_split_within_blocks() -> None:
    blocks = drawn(1, [(3, 2), (2, 3)], shift=0.5)
    seen = sum(rank_sum(base, new) for base, new in blocks)
    splits = []
    for base, new in blocks:
        both = np.concatenate([base, new])
        chosen = [list(found) for found in combinations(range(len(both)), len(new))]
        splits.append([rank_sum(np.delete(both, found), both[found]) for found in chosen])
    sums = [sum(found) for found in product(*splits)]
    exact = np.mean([found >= seen for found in sums])
    assert blocked.p_greater(blocks) == pytest.approx(exact, rel=1e-9)


def test_hosts_far_apart_do_not_hide_what_each_of_them_shows() -> None:
    blocks = drawn(2, [(5, 5)] * 4, shift=2.0)
    together = blocked.shift(blocks)
    assert together.p < 1e-4
    pooled = [np.concatenate([block[side] for block in blocks]) for side in (0, 1)]
    assert ranks.shift(*pooled).p > 0.1, "without blocks the hosts' own differences hide it"


def test_intervals_hold_the_shift_as_often_as_promised() -> None:
    held, wide = 0, 0
    for seed in range(1_500):
        found = blocked.shift(drawn(seed, [(5, 5), (4, 6), (3, 3)], shift=0.5)).interval
        assert found is not None
        held += found.low <= 0.5 <= found.high
        wide += found.high - found.low > 50
    assert 0.94 <= held / 1_500 <= 0.985
    assert wide == 0


def test_few_trials_of_several_hosts_can_tell_together() -> None:
    blocks = [(np.arange(3.0), np.arange(3.0) + 100)] * 2
    assert blocked.shift(blocks).interval is not None
    assert blocked.smallest_p(blocks) == pytest.approx(2 / 400)


def test_a_value_worse_than_any_other_has_no_figure_and_counts_all_the_same() -> None:
    """Two such values are alike to a test, and may be any distance apart to an interval."""
    base, new = np.arange(8.0), np.concatenate([np.arange(2.0), np.full(6, np.inf)])
    assert p_greater([(base, new)]) < 0.05
    assert upper_bound([(base, new)]) == np.inf
    assert shift([(base, new)]).estimate == np.inf
    both = np.concatenate([np.arange(4.0), np.full(4, np.inf)])
    found = shift([(both, both)])
    assert found.estimate == 0 and found.p == 1
    assert found.interval is not None and found.interval.low == -np.inf


@pytest.mark.parametrize("trials", [3, 5, 8, 24])
def test_the_upper_bound_is_that_of_the_test(trials: int) -> None:
    """A difference as large as the bound is just rejected, one a little smaller is not."""
    rng = np.random.default_rng(trials)
    block = rng.normal(size=trials), rng.normal(size=trials)
    bound = upper_bound([block])
    assert p_greater([(block[1], block[0] + bound + 1e-9)]) <= 0.05
    assert p_greater([(block[1], block[0] + bound - 1e-9)]) > 0.05


def test_two_trials_bound_nothing() -> None:
    assert upper_bound([(np.arange(2.0), np.arange(2.0))]) == np.inf
