from __future__ import annotations

import pytest

from bench.analysis.estimate import Estimate
from bench.analysis.figure_text import (
    ends_text,
    marked_ends,
    median_text,
    spread_text,
    trials_text,
    with_spread,
)
from bench.analysis.summary import TableRow
from bench.quantities.catalogue import TABLE

BY_TITLE = {column.title: column for column in TABLE}
LATENESS, FIRED, SERVED = (BY_TITLE[title] for title in ("p50 lateness", "fired/s", "served"))


def test_medians() -> None:
    figure = Estimate(5_400.0, 5_100, 6_000, 3)
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
    assert ends_text(LATENESS, Estimate(low, low, high, 2)) == text


def test_ranges_of_counts_and_shares() -> None:
    assert ends_text(FIRED, Estimate(950, 900, 1_200, 2)) == "900\N{EN DASH}1.2k"
    assert ends_text(SERVED, Estimate(0.9, 0.8, 1.0, 2)) == "80\N{EN DASH}100%"


def test_a_multiplier_is_no_unit_and_two_equal_ends_are_one_figure() -> None:
    assert ends_text(FIRED, Estimate(5_000, 4_990, 5_010, 2)) == "4.99k\N{EN DASH}5.01k"
    assert ends_text(SERVED, Estimate(1.0, 1.0, 1.0, 2)) == "100%"


def test_a_range_is_told_from_an_interval() -> None:
    three, nine = Estimate(5_000, 4_000, 6_000, 3), Estimate(5_000, 4_000, 6_000, 9, True)
    assert marked_ends(LATENESS, three) == "4\N{EN DASH}6µs *"
    assert marked_ends(LATENESS, nine) == "4\N{EN DASH}6µs"
    assert marked_ends(LATENESS, None) == marked_ends(LATENESS, Estimate(1, 1, 1, 1)) == ""


@pytest.mark.parametrize(
    ("estimate", "text"),
    [
        (Estimate(5_000, 5_000, 5_000, 1), "5µs (one trial)"),
        (Estimate(5_000, 4_000, 6_000, 3), "5µs (4\N{EN DASH}6µs, range of 3 trials)"),
        (Estimate(5_000, 4_000, 6_000, 9, True), "5µs (4\N{EN DASH}6µs, 95 % interval)"),
        (Estimate(5_000, 4_000, 6_000, 5, True, 15 / 16), "5µs (4\N{EN DASH}6µs, 94 % interval)"),
    ],
)
def test_estimates_say_what_their_ends_are(estimate: Estimate, text: str) -> None:
    assert with_spread(LATENESS, estimate) == text
    assert spread_text(LATENESS, estimate) in text


def test_one_trial_has_no_range() -> None:
    assert ends_text(LATENESS, Estimate(1, 1, 1, 1)) == ends_text(LATENESS, None) == ""


@pytest.mark.parametrize(("ok", "trials", "text"), [(3, 3, "3"), (2, 3, "2/3"), (0, 1, "0/1")])
def test_trials(ok: int, trials: int, text: str) -> None:
    assert trials_text(TableRow((), ok, trials, False, ())) == text
