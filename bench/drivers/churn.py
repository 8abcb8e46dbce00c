"""Drives ``churn``: threads, each pinned to its CPU, that call its operations."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import replace

from bench.drivers.activity import Activity
from bench.drivers.alone import Batches, entries_for
from bench.drivers.arming import arm_keys
from bench.drivers.base import Driver
from bench.drivers.callers import Callers
from bench.drivers.environment import Environment, RunProgram, Subject
from bench.drivers.interrupts import interrupt_hooks
from bench.errors import UsageError
from bench.host.affinity import running_on
from bench.host.cpus import find_cpus
from bench.programs.churn import BATCH, WEIGHTS, Churn, is_alone, total_weight
from bench.spec import Cell, MapType

LRU_KEYS = 2
"""Keys per entry of an LRU map, so that it has to evict."""


class ChurnDriver(Driver):
    """Operations are drawn by the program, or done in batches of equal ones."""

    program = Churn()

    def fit(self, cell: Cell) -> Cell:
        """Operations alone: entries for a batch and the queue of each CPU.

        Raises:
            UsageError: This host has fewer CPUs than the cell names.
        """
        if not is_alone(cell):
            return cell
        usable = len(find_cpus().usable)
        needed = 2 if cell.option("timers_of") == "other" else 1
        if not needed <= usable >= _callers(cell, usable):
            raise UsageError(
                f"this host has {usable} CPUs for operations alone, the cell needs more",
                remedy="Lower the option cpus, or measure timers of the own CPU",
            )
        return replace(cell, map_size=entries_for(cell.number("queued"), usable))

    def constants(self, cell: Cell, environment: Environment) -> dict[str, int | bytes]:
        """Proportions, and which keys are used."""
        weights = [cell.number(name) for name in WEIGHTS]
        return {
            "keys": cell.stated_map_size * (LRU_KEYS if cell.map_type is MapType.LRU_HASH else 1),
            "shared": int(cell.option("keys") == "shared"),
            "weights": struct.pack(f"<{len(weights)}I", *weights),
            "total_weight": total_weight(cell),
            "interrupts_watched": int(bool(self.watchers())),
        }

    def watchers(self) -> tuple[str, ...]:
        """What counts interrupts, so that calls with one inside can be discarded."""
        return interrupt_hooks(self.program.source)

    def arm(self, run: RunProgram, cell: Cell, environment: Environment) -> None:
        """Hold timers in the queue of each CPU, for operations alone."""
        if not is_alone(cell):
            return
        queued = cell.number("queued")
        for nth, cpu in enumerate(environment.cpus):
            first = BATCH * len(environment.cpus) + nth * queued
            with running_on(cpu):
                arm_keys(run, "hold", range(first, first + queued))

    def activities(
        self, subject: Subject, cell: Cell, environment: Environment
    ) -> Sequence[Activity]:
        """A thread on each CPU that calls."""
        rate_hz = None if cell.option("rate_hz") == "max" else cell.number("rate_hz")
        if not is_alone(cell):
            return (Callers(subject.run, "churn", environment.cpus, rate_hz),)
        callers = environment.cpus[: _callers(cell, len(environment.cpus))]
        other = cell.option("timers_of") == "other"
        return (Batches(subject.run, environment.cpus, len(callers), rate_hz, other=other),)


def _callers(cell: Cell, usable: int) -> int:
    return usable if cell.option("cpus") == "all" else cell.number("cpus")
