from __future__ import annotations

import math

import pytest

from bench.pairs.finding import PAIRS, Verdict, find_out, group_of, interval_of

MARGIN = math.log(1.1)


def test_eight_pairs_of_one_mind_are_enough_and_seven_are_not() -> None:
    assert find_out([0.5] * 7, MARGIN).verdict is None
    assert find_out([0.5] * 8, MARGIN).verdict is Verdict.WORSE
    assert find_out([-0.5] * 8, MARGIN).verdict is Verdict.BETTER
    assert find_out([0.01, -0.01] * 4, MARGIN).verdict is Verdict.SAME


def test_what_lies_on_the_margin_shows_nothing() -> None:
    assert find_out([MARGIN] * PAIRS, MARGIN, last=True).verdict is Verdict.CANNOT_TELL


def test_pairs_of_which_nothing_is_known_count_against_every_answer() -> None:
    assert find_out([0.5] * 8 + [math.nan] * 8, MARGIN).verdict is None
    nothing = find_out([math.nan] * PAIRS, MARGIN, last=True)
    assert nothing.verdict is Verdict.CANNOT_TELL
    assert (nothing.median, nothing.interval) == (None, None)


def test_a_variant_that_spoils_its_own_trials_is_worse() -> None:
    assert find_out([math.inf] * 8, MARGIN).verdict is Verdict.WORSE


def test_between_better_and_same_it_is_at_least_no_worse() -> None:
    changes = [-MARGIN - 0.01, -MARGIN + 0.01] * (PAIRS // 2)
    assert find_out(changes, MARGIN).verdict is None
    assert find_out(changes, MARGIN, last=True).verdict is Verdict.NO_WORSE


def test_pairs_that_drift_together_have_to_agree_in_groups() -> None:
    drifting = [n / 100 for n in range(8)]
    assert group_of(drifting) == 4
    assert find_out([0.5 + change for change in drifting], MARGIN).verdict is None
    assert group_of([0.0, 0.3] * 8) == 1
    assert group_of(drifting[:7]) == 1  # Too few to say.


def test_groups_can_only_make_an_answer_later() -> None:
    changes = [0.5, 0.5, 0.6, 0.6, 0.5, 0.5, 0.6, 0.6, 0.7, 0.7, 0.5, 0.5]
    grouped = find_out(changes, MARGIN)
    assert grouped.group > 1
    assert grouped.evidence["worse"] <= find_out([0.5] * 12, MARGIN).evidence["worse"]


def test_the_interval_agrees_with_the_verdict() -> None:
    found = find_out([0.2, 0.9, 0.3, 0.8, 0.4, 0.7, 0.5, 0.6], MARGIN)
    assert found.interval and (found.interval.low, found.interval.high) == (0.2, 0.9)
    assert found.verdict is Verdict.WORSE and found.median == pytest.approx(0.55)
    assert interval_of([0.1] * 7) is None
    wide = interval_of([0.1] * 8 + [math.nan])
    assert wide is None or wide.low <= 0.1 <= wide.high
