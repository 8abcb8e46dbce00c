from __future__ import annotations

import numpy as np
import pytest

from bench import abi
from bench.watch.census import LATEST, time_of


def due(**counts: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint64]]:
    found = np.zeros(abi.DUE_BITS, np.uint64)
    for bits, count in counts.items():
        found[int(bits.removeprefix("bits"))] = count
    return found


@pytest.mark.parametrize(
    ("counts", "most", "within_ns"),
    [
        ({"bits0": 5}, 3, 0),
        ({"bits0": 2, "bits10": 4}, 3, 1023),
        ({"bits10": 4, "bits20": 100}, 4, 1023),
        ({"bits10": 4, "bits20": 100}, 5, (1 << 20) - 1),
        ({"bits10": 4}, 5, LATEST),
        ({}, 1, LATEST),
    ],
)
def test_the_wanted_ones_are_due_within(counts: dict[str, int], most: int, within_ns: int) -> None:
    assert time_of(due(**counts), most) == within_ns
