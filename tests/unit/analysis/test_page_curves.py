from __future__ import annotations

from collections.abc import Callable

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from bench.analysis.curves import CHOSEN, MOST_CURVES, points_of
from bench.analysis.findings import findings
from bench.analysis.pooled import Sample, merged
from bench.histogram import HIGHEST_EQUIVALENT, LOWEST, Histogram, index_of
from bench.page.charts.ticks import MOST, log_domain, log_ticks
from bench.record import TrialRecord
from bench.spec import Cell
from bench.store.run import Run
from tests.unit.runs_on_disk import with_histogram

MakeRecord = Callable[..., TrialRecord]


def sample(*trials: Histogram) -> Sample:
    return Sample(trials, merged(trials))


@given(st.lists(st.integers(1, 2**35), min_size=20, max_size=400))
def test_percentiles_are_numpy_s_within_the_histogram_s_error(values: list[int]) -> None:
    for point in points_of(sample(Histogram.of(np.array(values)))):
        rank = max(int(np.ceil((1 - point.beyond) * len(values) - 1e-9)), 1)
        exact = int(np.sort(values)[rank - 1])
        counter = int(index_of(np.array([exact]))[0])
        assert LOWEST[counter] <= point.ns <= HIGHEST_EQUIVALENT[counter]


def test_a_curve_ends_where_the_sample_does() -> None:
    points = points_of(sample(Histogram.of(np.arange(1, 1_001))))
    assert points[0].beyond == 1
    assert 0.01 <= points[-1].beyond < 0.0134, "10 of 1,000 lie beyond p99"


def test_trials_of_a_cell_span_the_band() -> None:
    fast, slow = (Histogram.of(np.full(1_000, ns)) for ns in (100, 200))
    middle = next(p for p in points_of(sample(fast, slow)) if p.beyond < 0.4)
    assert (middle.low_ns, middle.high_ns) == (100, 200)


def test_many_cells_leave_some_to_choose(
    read_run: Callable[..., tuple[Run, ...]],
    make_record: MakeRecord,
    make_cell: Callable[..., Cell],
) -> None:
    records = [
        with_histogram(make_record(n, cell=make_cell(map_size=n)), range(n, n + 2_000))
        for n in range(1, 80)
    ]
    found = findings(read_run(records)).curves
    assert len(found) == MOST_CURVES
    assert sum(curve.chosen for curve in found) == CHOSEN
    assert len({curve.label for curve in found}) == MOST_CURVES
    assert found[0].chosen
    assert found[-1].chosen


def test_cells_without_a_histogram_have_no_curve(
    read_run: Callable[..., tuple[Run, ...]], make_record: MakeRecord
) -> None:
    assert findings(read_run([make_record(1)])).curves == ()


@given(st.lists(st.floats(1e-3, 1e12), min_size=1, max_size=20))
def test_an_axis_has_several_ticks_within_its_domain_and_not_too_many(values: list[float]) -> None:
    ticks, (low, high) = log_ticks(values), log_domain(values)
    assert low < min(values) <= max(values) < high
    assert ticks == sorted(set(ticks)), "no two are equal"
    nearly = 1e-8
    assert low * (1 - nearly) <= ticks[0] and ticks[-1] <= high * (1 + nearly)
    assert 2 <= len(ticks) <= MOST
