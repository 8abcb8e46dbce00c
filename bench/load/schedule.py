"""Intended times of an open loop: when each connection is due, whatever happens meanwhile.

Delays are counted from these times, so a stalled generator or server cannot hide its
stall ("coordinated omission", see Gil Tene, "How NOT to Measure Latency").
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from numpy.random import PCG64, Generator

from bench.errors import UsageError
from bench.spec import LoadShape
from bench.units import NS_PER_S

BLOCK = 1024
Times = npt.NDArray[np.int64]


class Schedule:
    """Due times in order; the same arguments give the same times.

    Args:
        rate_hz: Connections per second on average.
        shape: CONSTANT (equal gaps) or POISSON (exponential gaps).
        seed: Seed of the gaps; without meaning for CONSTANT.
        start_ns: Instant of the start; the first connection is due one gap later.

    Raises:
        UsageError: The shape has no intended times, or the rate is not positive.
    """

    def __init__(self, rate_hz: int, shape: LoadShape, seed: int, start_ns: int) -> None:
        """Prepare the first block."""
        # Two streams of the same times: however far the client falls behind, neither
        # keeps more than a block.
        self._to_take = blocks(rate_hz, shape, seed, start_ns)
        self._to_count = blocks(rate_hz, shape, seed, start_ns)
        self._times: list[int] = next(self._to_take).tolist()
        self._cursor = 0
        self._taken = 0
        self._block = next(self._to_count)
        self._counted = 0

    def peek(self) -> int:
        """The next due time not yet taken, ns."""
        return self._times[self._cursor]

    def take(self) -> int:
        """Hand out the next due time, ns."""
        due = self._times[self._cursor]
        self._cursor += 1
        self._taken += 1
        if self._cursor == BLOCK:
            self._times, self._cursor = next(self._to_take).tolist(), 0
        return due

    def due(self, now_ns: int) -> int:
        """Connections due until ``now_ns``, taken or not; ask with instants in order."""
        while self._block[-1] <= now_ns:
            self._counted += BLOCK
            self._block = next(self._to_count)
        passed = int(np.searchsorted(self._block, now_ns, side="right"))
        return max(self._counted + passed, self._taken)


def blocks(rate_hz: int, shape: LoadShape, seed: int, start_ns: int) -> Iterator[Times]:
    """Endless due times (ns) in arrays of BLOCK, as :class:`Schedule` uses them.

    Raises:
        UsageError: The shape has no intended times, or the rate is not positive.
    """
    if rate_hz < 1:
        raise UsageError(f"a load of {rate_hz} connections per second has no schedule")
    if shape is LoadShape.CONSTANT:
        return _constant(rate_hz, start_ns)
    if shape is LoadShape.POISSON:
        return _poisson(rate_hz, seed, start_ns)
    raise UsageError(
        f"a load of {rate_hz} connections per second cannot have the shape {shape}",
        remedy="Choose constant or poisson",
    )


def _constant(rate_hz: int, start_ns: int) -> Iterator[Times]:
    steps = np.arange(BLOCK, dtype=np.int64) * NS_PER_S
    first = 1
    while True:
        # The first time of a block in Python integers: the product leaves 64 bits some day.
        whole, rest = divmod(first * NS_PER_S, rate_hz)
        yield start_ns + whole + (rest + steps) // rate_hz
        first += BLOCK


def _poisson(rate_hz: int, seed: int, start_ns: int) -> Iterator[Times]:
    random = Generator(PCG64(seed))
    last = 0.0
    while True:
        offsets = last + np.cumsum(random.exponential(NS_PER_S / rate_hz, BLOCK))
        last = float(offsets[-1])
        yield start_ns + offsets.astype(np.int64)
