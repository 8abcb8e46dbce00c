"""Whose counters are given to others, so that the busiest have some."""

from __future__ import annotations

import pytest

from bench.watch.counts import OTHER, Counts, Group
from bench.watch.session import quiet_ones

BUSY, QUIET, GONE = Group(1, 11, 0x1000), Group(2, 12, 0x2000), Group(3, 13, 0x3000)


@pytest.mark.parametrize(
    ("fired", "given"),
    [
        ({BUSY: 900, QUIET: 10, OTHER: 0}, []),
        ({BUSY: 900, QUIET: 0, OTHER: 0}, []),
        ({BUSY: 900, GONE: 0, OTHER: 0}, [GONE]),
        ({BUSY: 900, GONE: 5, OTHER: 0}, []),
        ({BUSY: 900, QUIET: 0, OTHER: 1}, [QUIET]),
        ({BUSY: 900, QUIET: 10, OTHER: 20}, []),
        ({BUSY: 900, QUIET: 10, OTHER: 21}, [QUIET]),
        ({OTHER: 21}, []),
    ],
)
def test_the_quietest_give_way_to_others(fired: dict[Group, int], given: list[Group]) -> None:
    counts = {group: Counts(fired=number) for group, number in fired.items()}
    assert quiet_ones(counts, {1, 2}) == given
