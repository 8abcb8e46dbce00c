"""Drives ``churn``: a thread on each CPU that calls its operations."""

from __future__ import annotations

import struct
from collections.abc import Sequence

from bench.drivers.activity import Activity
from bench.drivers.base import Driver
from bench.drivers.callers import Callers
from bench.drivers.environment import Environment, Subject
from bench.programs.churn import WEIGHTS, Churn, total_weight
from bench.spec import Cell, MapType

LRU_KEYS = 2
"""Keys per entry of an LRU map, so that it has to evict."""


class ChurnDriver(Driver):
    """Operations are drawn by the program, in the proportions that it is given."""

    program = Churn()

    def constants(self, cell: Cell, environment: Environment) -> dict[str, int | bytes]:
        """Proportions, and which keys are used."""
        weights = [cell.number(name) for name in WEIGHTS]
        return {
            "keys": cell.map_size * (LRU_KEYS if cell.map_type is MapType.LRU_HASH else 1),
            "shared": int(cell.option("keys") == "shared"),
            "weights": struct.pack(f"<{len(weights)}I", *weights),
            "total_weight": total_weight(cell),
        }

    def activities(
        self, subject: Subject, cell: Cell, environment: Environment
    ) -> Sequence[Activity]:
        """A thread on each CPU."""
        rate_hz = None if cell.option("rate_hz") == "max" else cell.number("rate_hz")
        return (Callers(subject.run, "churn", environment.cpus, rate_hz),)
