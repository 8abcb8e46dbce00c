"""One declaration for every quantity."""

from __future__ import annotations

import pytest

from bench.errors import UsageError
from bench.quantities.catalogue import COMPARED, GOALS, NUMBERS, QUANTITIES, TABLE, find_compared


def test_titles_and_keys_are_unique() -> None:
    assert len({quantity.title for quantity in QUANTITIES}) == len(QUANTITIES)
    assert len({quantity.key for quantity in QUANTITIES}) == len(QUANTITIES)


def test_every_subset_is_taken_from_all() -> None:
    for subset in (TABLE, NUMBERS, COMPARED, GOALS.values()):
        assert set(subset) <= set(QUANTITIES)


def test_what_is_compared_or_a_goal_has_a_better_direction() -> None:
    assert all(quantity.better for quantity in (*COMPARED, *GOALS.values()))


def test_goals_go_by_their_words() -> None:
    assert all(word == quantity.goal for word, quantity in GOALS.items())


def test_an_unknown_title_lists_the_known_ones() -> None:
    with pytest.raises(UsageError, match="p99 lateness"):
        find_compared("p98 lateness")
