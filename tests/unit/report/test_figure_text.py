from __future__ import annotations

import pytest

from bench.report.columns import COLUMNS
from bench.report.figure_text import median_text, range_text, trials_text
from bench.report.summary import Figure, Row

BY_TITLE = {column.title: column for column in COLUMNS}
LATENESS, FIRED, SERVED = (BY_TITLE[title] for title in ("p50 lateness", "fired/s", "served"))


def test_medians() -> None:
    figure = Figure(5_400.0, 5_100, 6_000, 3)
    assert median_text(LATENESS, figure, flagged=False) == "5.4µs"
    assert median_text(LATENESS, figure, flagged=True) == "!5.4µs"
    assert median_text(LATENESS, None, flagged=True) == "-"


@pytest.mark.parametrize(
    ("low", "high", "text"),
    [
        (5_100, 6_000, "5.1\N{EN DASH}6µs"),
        (900, 6_000, "900ns\N{EN DASH}6µs"),
        (900_000, 2_000_000_000, "900µs\N{EN DASH}2s"),
    ],
)
def test_a_shared_unit_is_written_once(low: float, high: float, text: str) -> None:
    assert range_text(LATENESS, Figure(low, low, high, 2)) == text


def test_ranges_of_counts_and_shares() -> None:
    assert range_text(FIRED, Figure(950, 900, 1_200, 2)) == "900\N{EN DASH}1.2k"
    assert range_text(SERVED, Figure(0.9, 0.8, 1.0, 2)) == "80\N{EN DASH}100%"


def test_one_trial_has_no_range() -> None:
    assert range_text(LATENESS, Figure(1, 1, 1, 1)) == range_text(LATENESS, None) == ""


@pytest.mark.parametrize(("ok", "trials", "text"), [(3, 3, "3"), (2, 3, "2/3"), (0, 1, "0/1")])
def test_trials(ok: int, trials: int, text: str) -> None:
    assert trials_text(Row((), ok, trials, False, ())) == text
