"""The histogram against two oracles: the ``hdrhistogram`` library, and numpy on raw values."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hdrh.histogram import HdrHistogram
from hypothesis import given
from hypothesis import strategies as st

from bench.histogram import (
    COUNTERS,
    DIGITS,
    HIGHEST,
    HIGHEST_EQUIVALENT,
    LOWEST,
    Histogram,
    index_of,
)

durations = st.one_of(
    st.integers(0, 1_000),
    st.integers(0, HIGHEST),
    st.integers(0, 36).map(lambda power: 2**power),
    st.integers(1, 36).map(lambda power: 2**power - 1),
)
samples = st.lists(durations, min_size=1, max_size=200)
wild = st.lists(st.integers(-(2**40), 2**40), max_size=50)


def library() -> HdrHistogram:
    return HdrHistogram(1, HIGHEST, DIGITS)


def same(one: Histogram, other: Histogram) -> bool:
    names = ("total_ns", "min_ns", "max_ns", "negative", "overflow")
    equal = all(getattr(one, name) == getattr(other, name) for name in names)
    return equal and bool(np.array_equal(one.counts, other.counts))


def test_the_layout_is_the_library_s() -> None:
    assert library().counts_len == COUNTERS


@given(durations)
def test_index_is_the_library_s(value: int) -> None:
    hdr = library()
    hdr.record_value(value)
    counts = np.array([hdr.get_count_at_index(i) for i in range(COUNTERS)])
    assert np.flatnonzero(counts).tolist() == [int(index_of(value))]


@given(durations)
def test_a_counter_contains_its_values_and_is_narrow(value: int) -> None:
    index = int(index_of(value))
    low, high = int(LOWEST[index]), int(HIGHEST_EQUIVALENT[index])
    assert low <= value <= high
    assert (high - low) <= 0.01 * max(low, 1)


def test_counters_follow_each_other_without_a_gap() -> None:
    assert LOWEST[0] == 0
    assert np.array_equal(LOWEST[1:], HIGHEST_EQUIVALENT[:-1] + 1)
    assert HIGHEST_EQUIVALENT[-1] >= HIGHEST


@given(samples, st.floats(0, 1))
def test_quantile_is_numpy_s_within_one_counter(values: list[int], q: float) -> None:
    exact = int(np.quantile(np.array(values), q, method="inverted_cdf"))
    found = Histogram.of(values).quantile(q)
    assert found is not None
    assert exact <= found <= HIGHEST_EQUIVALENT[index_of(exact)]


@given(samples)
def test_encoding_is_read_back(values: list[int]) -> None:
    histogram = Histogram.of(values)
    assert np.array_equal(Histogram.decode(histogram.encode()).counts, histogram.counts)


@given(samples)
def test_the_library_reads_the_encoding(values: list[int]) -> None:
    decoded = HdrHistogram.decode(Histogram.of(values).encode())
    assert decoded.get_total_count() == len(values)


@given(wild, wild)
def test_merging_is_concatenation(one: list[int], other: list[int]) -> None:
    merged = Histogram.of(one).merged(Histogram.of(other))
    assert same(merged, Histogram.of(one + other))


@given(wild)
def test_every_value_is_counted_somewhere(values: list[int]) -> None:
    histogram = Histogram.of(values)
    assert histogram.count + histogram.negative == len(values)
    assert histogram.negative == sum(value < 0 for value in values)
    assert histogram.overflow == sum(value > HIGHEST for value in values)
    assert histogram.total_ns == sum(value for value in values if value >= 0)


def test_an_overflowed_quantile_is_the_maximum() -> None:
    assert Histogram.of([1, HIGHEST + 5, HIGHEST + 9]).quantile(0.99) == HIGHEST + 9


def test_an_overflowed_quantile_of_unknown_maximum_is_none() -> None:
    assert Histogram(overflow=3).quantile(0.5) is None


@pytest.mark.parametrize(("q", "least"), [(0.5, 20), (0.9, 100), (0.99, 1_000), (0.999, 10_000)])
def test_a_percentile_needs_enough_values(q: float, least: int) -> None:
    def of(n: int) -> Histogram:
        return Histogram.of(np.full(n, 7))

    assert of(least - 1).supported_quantile(q) is None
    assert of(least).supported_quantile(q) == 7


def test_an_empty_histogram_has_no_figures() -> None:
    summary = Histogram().summary()
    assert summary.count == 0
    assert summary.mean_ns is summary.p50_ns is summary.min_ns is summary.max_ns is None


def test_summary_gives_exact_extremes_and_mean() -> None:
    values: npt.NDArray[np.int64] = np.arange(1, 10_001) * 997
    summary = Histogram.of(values).summary()
    assert (summary.min_ns, summary.max_ns) == (997, 9_970_000)
    assert summary.mean_ns == pytest.approx(values.mean())
    assert summary.p999_ns == pytest.approx(9_960_030, rel=0.01)
