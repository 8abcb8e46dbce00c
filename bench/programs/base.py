"""What a program under test is: one class with the facts in which programs differ."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from bench.abi import ENTRY_BYTES
from bench.errors import UsageError
from bench.spec import Cell, Clock, Hook, MapType

RunProgram = Callable[[str, npt.NDArray[np.void]], int]
"""Runs a syscall program of the loaded object by name; returns what it returned."""

CLOCK_IDS = {Clock.MONOTONIC: 1, Clock.BOOTTIME: 7}
"""``clockid_t`` of include/uapi/linux/time.h."""

HTAB_ELEM_BYTES = 48
HTAB_BUCKET_BYTES = 16
"""``struct htab_elem`` without key, and ``struct bucket``, of kernel/bpf/hashtab.c."""


@dataclass(frozen=True, slots=True)
class Environment:
    """What the host offers to programs.

    Attributes:
        cpus: Online CPUs.
        ksoftirqd: CPU -> pid of its ksoftirqd thread.
        ports: Server ports of the load; only their connections are measured.
        cgroup: Root of the cgroup2 hierarchy, or None when it is not mounted.
    """

    cpus: tuple[int, ...]
    ksoftirqd: Mapping[int, int]
    ports: tuple[int, ...] = ()
    cgroup: Path | None = None


class Program(ABC):
    """A timer-laden BPF program.

    Attributes:
        name: The word used in cells and on the command line.
        source: File in ``bpf/``.
        hooks: Ways to attach, best first; empty when it needs none.
        map_types: Kinds of map that it supports.
        needs_load: Whether it fires only under connections.
        rearms: Whether a callback starts its timer again.
        unused_axes: Axes of a sweep that mean nothing to it.
        key_bytes: Size of a key of its map.
    """

    name: ClassVar[str]
    source: ClassVar[str]
    hooks: ClassVar[tuple[Hook, ...]] = ()
    map_types: ClassVar[tuple[MapType, ...]]
    needs_load: ClassVar[bool] = False
    rearms: ClassVar[bool] = False
    unused_axes: ClassVar[tuple[str, ...]] = ()
    key_bytes: ClassVar[int]

    @abstractmethod
    def normalise(self, cell: Cell) -> Cell:
        """Set axes that do not apply to this program to None, so that equal cells are equal."""

    @abstractmethod
    def offered_hz(self, cell: Cell, connections_hz: float) -> float:
        """Expiries per second that the cell asks for at that rate of connections."""

    @abstractmethod
    def outstanding(self, cell: Cell) -> int:
        """Timers that may exist at once, those waiting to be freed included."""

    @abstractmethod
    def constants(self, cell: Cell, environment: Environment) -> dict[str, int | bytes]:
        """Values of the program's own ``const volatile`` variables."""

    def settling_ns(self, cell: Cell) -> int:
        """Time after the start of arming in which no timer expires yet."""
        return 0

    def arm(self, run: RunProgram, cell: Cell, environment: Environment) -> None:  # noqa: B027
        """Arm all timers at once; programs armed by connections have nothing to do."""

    def hook_programs(self, hook: Hook | None) -> tuple[str, ...]:
        """Names of the BPF programs to attach for a hook."""
        return ()

    def expected_timers(self, attempted: int, connected: int, hook: Hook) -> int | None:
        """Timers that the load's own counts of connections imply; None: not comparable."""
        return None

    def candidates(self, cell: Cell) -> tuple[Hook | None, ...]:
        """Hooks to try for a cell, in order."""
        if not self.hooks:
            return (None,)
        return self.hooks if cell.hook in (None, Hook.AUTO) else (cell.hook,)

    def check(self, cell: Cell) -> None:
        """Refuse what this program cannot do.

        Raises:
            UsageError: Naming the value and the allowed ones.
        """
        if cell.map_type not in self.map_types:
            allowed = ", ".join(self.map_types)
            problem = f"program {self.name} cannot use map type {cell.map_type}"
            raise UsageError(problem, remedy=f"Choose one of: {allowed}")
        if self.needs_load and not cell.has_load:
            raise UsageError(
                f"program {self.name} needs connections, but load is 0",
                remedy="Give --load a rate such as 5k, or max",
            )

    def map_bytes(self, cell: Cell) -> int:
        """Kernel memory of the cell's map, timers not included."""
        if cell.map_type is MapType.ARRAY:
            return cell.map_size * ENTRY_BYTES
        element = HTAB_ELEM_BYTES + -(-self.key_bytes // 8) * 8 + ENTRY_BYTES
        buckets = 1 << (cell.map_size - 1).bit_length()
        return cell.map_size * element + buckets * HTAB_BUCKET_BYTES


def without_load_axes(cell: Cell) -> Cell:
    """The cell with the axes that describe connections set to None if it makes none."""
    if cell.has_load:
        return cell
    return replace(cell, load_shape=None, ip=None, hold_ns=0, payload_bytes=0)
