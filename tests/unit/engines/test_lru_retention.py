"""What a map that evicts has lost, from counts of insertions and one look at its entries."""

from __future__ import annotations

import pytest

from bench.engines.lru import lost_early

SECOND = 1_000_000_000


@pytest.mark.parametrize(
    ("young", "lost"),
    [(1_000, 0), (400, 600), (0, 1_000), (1_003, 0)],
)  # fmt: skip
def test_what_was_inserted_within_a_timeout_and_is_gone_was_lost_early(
    young: int, lost: int
) -> None:
    looks = [(9 * SECOND, 8_000), (9 * SECOND + SECOND // 2, 8_500)]
    found = lost_early(10 * SECOND, 9_000, young, looks, SECOND)
    assert found == {"young_due": 1_000, "lost_early": lost}


def test_a_first_look_after_the_timeout_began_is_extended_by_the_rate() -> None:
    found = lost_early(10 * SECOND, 9_000, 100, [(9_200_000_000, 8_200)], SECOND)
    assert found == {"young_due": 1_000, "lost_early": 900}


def test_a_trial_shorter_than_the_timeout_has_no_more_than_it_inserted() -> None:
    found = lost_early(10 * SECOND, 50, 50, [(9 * SECOND, 0)], 300 * SECOND)
    assert found == {"young_due": 50, "lost_early": 0}


@pytest.mark.parametrize("looks", [[], [(10 * SECOND, 5)]])
def test_without_a_look_before_nothing_is_known(looks: list[tuple[int, int]]) -> None:
    assert lost_early(10 * SECOND, 9_000, 100, looks, SECOND) == {}
