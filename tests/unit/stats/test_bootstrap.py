"""Coverage by simulation: of 95 % intervals 93 to 97 % hold the truth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pytest

from bench.stats.bootstrap import Interval, fewest_trials, interval, over_blocks

Floats = npt.NDArray[np.float64]


def bursts(rng: np.random.Generator, size: tuple[int, ...]) -> Floats:
    """Trials on a shared machine: 10 % spread, one in seven robbed of its CPU for a while."""
    calm = rng.lognormal(0, 0.1, size)
    return np.where(rng.random(size) < 1 / 7, calm * rng.uniform(1.5, 4, size), calm)


@dataclass(frozen=True)
class Known:
    draw: Callable[[np.random.Generator, tuple[int, ...]], Floats]
    median: float


MANY = bursts(np.random.default_rng(0), (2_000_000,))
TRUTHS = {
    "normal": Known(lambda rng, size: rng.normal(10, 1, size), 10),
    "skewed": Known(lambda rng, size: rng.lognormal(0, 1, size), 1),
    "exponential": Known(lambda rng, size: rng.exponential(1, size), float(np.log(2))),
    "bursts": Known(bursts, float(np.median(MANY))),
}


def holds(found: Interval | None, truth: float) -> bool:
    assert found is not None
    return found.low <= truth <= found.high


@pytest.mark.parametrize("trials", [5, 6, 7, 8, 10, 15])
@pytest.mark.parametrize("name", TRUTHS)
def test_intervals_of_a_median_keep_their_promise(name: str, trials: int) -> None:
    known, rng = TRUTHS[name], np.random.default_rng(trials)
    runs = known.draw(rng, (6_000, trials))
    covered = np.mean([holds(interval(run), known.median) for run in runs])
    assert 0.93 <= covered <= 0.97


def test_the_percentile_bootstrap_would_not() -> None:
    known, rng = TRUTHS["bursts"], np.random.default_rng(1)
    runs = known.draw(rng, (1_000, 7))
    medians = [np.median(run[rng.integers(0, 7, (500, 7))], axis=1) for run in runs]
    ends = np.quantile(medians, [0.025, 0.975], axis=1)
    covered = np.mean((ends[0] <= known.median) & (known.median <= ends[1]))
    assert covered < 0.93


@pytest.mark.parametrize(("level", "fewest"), [(0.95, 5), (0.90, 5), (0.99, 7), (0.5, 2)])
def test_too_few_trials_have_no_interval(level: float, fewest: int) -> None:
    assert fewest_trials(level) == fewest
    assert interval(range(fewest - 1), level=level) is None
    assert interval(range(fewest), level=level) is not None
    # The definition: from the lowest to the highest, within 2 % of the level.
    assert 1 - 2.0 ** (1 - fewest) >= level - 0.02 > 1 - 2.0 ** (2 - fewest)


def test_a_median_of_six_is_close_to_the_extremes_and_of_five_is_them() -> None:
    assert interval([3, 1, 2, 5, 4]) == Interval(1, 5, 0.9375)
    six = interval([1, 2, 3, 4, 5, 6])
    assert six is not None and 1 < six.low < 1.5 and 5.5 < six.high < 6


def test_equal_trials_have_an_interval_of_no_width() -> None:
    assert interval([2.0] * 6) == Interval(2, 2)
    assert Interval(1, 4).half_width == 1.5


def blocks_of(rng: np.random.Generator, drift: float) -> tuple[Floats, list[int]]:
    """8 blocks of 6 trials each; ``drift`` is the spread of blocks over that of trials."""
    of_block = np.repeat(rng.normal(0, drift, 8), 6)
    return rng.normal(0, 1, 48) + of_block, [n // 6 for n in range(48)]


def test_over_blocks_keeps_the_promise_that_trials_break_when_blocks_drift() -> None:
    rng = np.random.default_rng(5)
    runs = [blocks_of(rng, 1.0) for _ in range(2_000)]
    by_trials = np.mean([holds(interval(values), 0) for values, _ in runs])
    by_blocks = np.mean([holds(over_blocks(values, blocks), 0) for values, blocks in runs])
    assert by_trials < 0.80
    assert 0.93 <= by_blocks <= 0.97


def test_few_blocks_of_many_trials_have_no_interval() -> None:
    assert over_blocks(range(100), [n // 25 for n in range(100)]) is None
