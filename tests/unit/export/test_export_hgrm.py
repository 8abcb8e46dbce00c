"""Percentile distributions, read by numpy and compared with the raw values."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hdrh.histogram import HdrHistogram
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bench.errors import BenchError
from bench.export.hgrm import Curve, cell_curves, index_text, trial_curves
from bench.export.percentiles import percentile_text
from bench.histogram import COUNTERS, DIGITS, HIGHEST, Histogram
from bench.record import Distribution, Status, TrialRecord

MakeRecord = Callable[..., TrialRecord]
DATA = Path(__file__).parents[2] / "data" / "hdrhistogram"
VALUES = st.lists(st.integers(0, HIGHEST), min_size=1, max_size=200)


def summary(values: Iterable[int]) -> Distribution:
    return Histogram.of(list(values)).summary()


def table(curve: Curve) -> npt.NDArray[np.float64]:
    """Value, percentile and total count of each line; the last line has no fourth column."""
    return np.loadtxt(io.StringIO(curve.text), skiprows=1, comments="#", usecols=(0, 1, 2), ndmin=2)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(values=VALUES, more=VALUES)
def test_each_line_counts_the_raw_values_up_to_its_value(
    values: list[int], more: list[int], make_record: MakeRecord
) -> None:
    records = [make_record(1, lateness=summary(values)), make_record(2, lateness=summary(more))]
    first, second = trial_curves(records)
    [pooled] = cell_curves(records)
    for curve, raw in ((first, values), (second, more), (pooled, values + more)):
        lines = table(curve)
        assert np.all(np.diff(lines[:, 0]) >= 0) and np.all(np.diff(lines[:, 1]) >= 0)
        assert lines[-1, 1:].tolist() == [1.0, len(raw)]
        for value, quantile, count in lines:
            assert count == np.count_nonzero(np.asarray(raw) <= value)
            assert count >= quantile * len(raw) - 1e-6


SAMPLES = {
    "one": [7],
    "steps": [1, 5, 100, 10_000, *range(300, 400)],
    "spread": [*((i**3 * 37) % 10_000_019 for i in range(1, 5001)), HIGHEST, 2**35 + 1],
}
"""What HdrHistogram 2.1.11 (Java) wrote of these values is in tests/data/hdrhistogram/, made by
``new Histogram(1, 1L << 36, 2).outputPercentileDistribution(System.out, 1.0)``."""


@pytest.mark.parametrize("name", SAMPLES)
def test_the_text_is_to_the_letter_that_of_hdrhistogram(name: str) -> None:
    written = (DATA / f"{name}.hgrm").read_text(encoding="utf-8")
    assert percentile_text(Histogram.of(SAMPLES[name]).counts) == written


@settings(max_examples=40, deadline=None)
@given(values=st.lists(st.integers(0, HIGHEST) | st.integers(0, 3_000), min_size=1, max_size=300))
def test_values_and_footer_are_those_of_the_python_port(values: list[int]) -> None:
    oracle, out = HdrHistogram(1, HIGHEST, DIGITS), io.BytesIO()
    for value in values:
        oracle.record_value(value)
    oracle.output_percentile_distribution(out, 1)
    ours = percentile_text(Histogram.of(values).counts).splitlines()
    theirs = out.getvalue().decode().splitlines()
    assert ours[:2] == theirs[:2] and ours[-4].split() == theirs[-4].split()
    numbers = [re.findall(r"[0-9.]+", line) for line in (*ours[-3:], *theirs[-3:])]
    for mine, other in zip(numbers[:3], numbers[3:], strict=True):
        assert [float(n) for n in mine] == pytest.approx([float(n) for n in other], abs=0.011)


def test_the_index_says_what_each_file_is_about(make_record: MakeRecord) -> None:
    late = replace(summary([5, 6]), negative=2, overflow=3)
    records = [make_record(4, lateness=late), make_record(7, lateness=summary([7]))]
    rows = list(csv.DictReader(io.StringIO(index_text(cell_curves(records)))))
    assert rows == [
        {
            "file": "cell-001-lateness.hgrm",
            "quantity": "lateness",
            "unit": "ns",
            "cell": "resident 1k x 100ms, load 0",
            "trials": "4 7",
            "negative": "2",
            "overflow": "3",
        }
    ]


def test_a_histogram_of_another_layout_is_refused(make_record: MakeRecord) -> None:
    other = HdrHistogram(1, 1_000_000, 3)
    other.record_value(5)
    late = replace(summary([1]), hdr=other.encode().decode())
    with pytest.raises(BenchError, match=f"counters, not {COUNTERS}"):
        list(trial_curves([make_record(4, lateness=late)]))


def test_the_text_has_the_layout_of_hdrhistogram(make_record: MakeRecord) -> None:
    late = replace(summary(range(1, 101)), negative=2, overflow=3)
    [curve] = trial_curves([make_record(7, lateness=late)])
    lines = curve.text.splitlines()
    assert curve.file == "trial-00007-lateness.hgrm"
    assert lines[0].split() == ["Value", "Percentile", "TotalCount", "1/(1-Percentile)"]
    assert lines[1] == ""
    body = [line for line in lines[2:] if not line.startswith("#")]
    assert all(re.fullmatch(r" *\d+\.\d\d 0\.\d{12} +\d+ +\d+\.\d\d", line) for line in body[:-1])
    assert body[-1].split() == ["100.00", "1.000000000000", "100"]
    tail = [line for line in lines if line.startswith("#")]
    assert [line[2:9].strip() for line in tail] == ["Mean", "Max", "Buckets"]


def test_every_distribution_of_a_trial_has_a_file(make_record: MakeRecord) -> None:
    one = summary([1])
    record = make_record(
        1, lateness=one, stages={"irq": one}, distributions={"detection": one, "../x": one}
    )
    assert [curve.file for curve in trial_curves([record])] == [
        "trial-00001-lateness.hgrm",
        "trial-00001-stage-irq.hgrm",
        "trial-00001-detection.hgrm",
        "trial-00001-___x.hgrm",
    ]


def test_only_ok_trials_enter_a_cell(make_record: MakeRecord) -> None:
    records = [
        make_record(1, lateness=summary([5] * 9), status=Status.INVALID),
        make_record(2, lateness=summary([7])),
        make_record(3, lateness=None),
    ]
    [curve] = cell_curves(records)
    assert table(curve)[-1].tolist() == [7, 1, 1]
    assert [curve.file for curve in cell_curves(records[:1])] == []


def test_an_empty_histogram_has_no_curve(make_record: MakeRecord) -> None:
    assert [*trial_curves([make_record(1, lateness=summary([]))])] == []


def test_a_broken_histogram_is_named(make_record: MakeRecord) -> None:
    broken = replace(summary([1]), hdr="SGVsbG8=")
    with pytest.raises(BenchError, match="histogram of trial 4, lateness cannot be decoded"):
        list(trial_curves([make_record(4, lateness=broken)]))
