"""``churn``: all operations on timers at once, in given proportions, from every CPU."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from bench.errors import UsageError
from bench.programs.base import Counts, Program
from bench.programs.counters import Counters
from bench.spec import Cell, Flag, MapType, OptionValue, TimeoutShape
from bench.spec.option import Option, choice, count
from bench.units import NS_PER_S

WEIGHTS = {"start": 4, "push": 4, "cancel": 1, "delete": 1, "replace": 1}
"""Operations in the order of ``weights`` of bpf/churn.bpf.c, and their default proportions."""
REMOVING = ("delete", "replace")
"""Operations that an array does not know, and that free an entry's timer."""
MAX_WEIGHT = 1_000
FASTEST_HZ = 1_500_000
"""Operations per second assumed without a rate when memory is reserved."""
FREE_DELAY_S = 1.0
"""Time allowed for freed timers to come back through RCU."""


def _rate(value: object) -> OptionValue:
    return "max" if value == "max" else count(1, 100_000_000)(value)


class Churn(Program):
    """The cost of every operation, and every race between them."""

    name: ClassVar[str] = "churn"
    source: ClassVar[str] = "churn.bpf.c"
    syscalls: ClassVar[tuple[str, ...]] = ("churn",)
    map_types: ClassVar[tuple[MapType, ...]] = tuple(MapType)
    flags: ClassVar[tuple[Flag, ...]] = tuple(Flag)
    timeout_shapes: ClassVar[tuple[TimeoutShape, ...]] = tuple(TimeoutShape)
    unused_axes: ClassVar[tuple[str, ...]] = ("hook", "mode", "phase", "arm_cpus", "instrument")
    options: ClassVar[tuple[Option, ...]] = (
        Option("rate_hz", "Operations per second of all CPUs together, or max.", 100_000, _rate),
        Option("keys", "own: each CPU its own; shared: any.", "own", choice("own", "shared")),
        *(
            Option(name, f"Weight of the operation {name}.", default, count(0, MAX_WEIGHT))
            for name, default in WEIGHTS.items()
        ),
    )
    measures: ClassVar[tuple[str, ...]] = (
        "inserted", "removed", "skipped", "overtaken", "unjudged",
    )  # fmt: skip
    distributions: ClassVar[tuple[str, ...]] = ("clock", "insert", "init", *WEIGHTS)
    key_bytes: ClassVar[int] = 4

    def normalise(self, cell: Cell) -> Cell:
        """An array can neither delete nor replace entries."""
        cell = super().normalise(cell)
        if cell.map_type is not MapType.ARRAY:
            return cell
        options = dict(cell.options) | dict.fromkeys(REMOVING, 0)
        return replace(cell, options=tuple(sorted(options.items())))

    def check(self, cell: Cell) -> None:
        """Refuse proportions that start nothing.

        Raises:
            UsageError: Naming the weight.
        """
        Program.check(self, cell)
        if not cell.number("start"):
            problem = "program churn starts no timer: option start is 0"
            raise UsageError(problem, remedy="Give it a weight of 1 or more")

    def offered_hz(self, cell: Cell, connections_hz: float) -> float | None:
        """Unknown: most timers are pushed back, cancelled or freed before they expire."""
        return None

    def outstanding(self, cell: Cell) -> int:
        """One timer per entry, and those freed but not yet returned by RCU."""
        rate_hz = FASTEST_HZ if cell.option("rate_hz") == "max" else cell.number("rate_hz")
        freed = sum(cell.number(name) for name in REMOVING)
        if cell.map_type is MapType.LRU_HASH:
            freed += cell.number("start")
        share = min(freed, cell.number("start")) / total_weight(cell)
        return cell.map_size + int(rate_hz * share * FREE_DELAY_S)

    def measured(self, counts: Counts, cell: Cell, window_ns: int) -> dict[str, int | float | None]:
        """Counts of the window, and the operations per second that were really called."""
        called = counts["called"]
        return {**counts, "called_hz": called * NS_PER_S / window_ns}

    def evicted(self, final: Counters, *, entries: int, pending: int) -> int:
        """Timers that are not accounted for, but never more than entries that were evicted."""
        gone = final.measures["inserted"] - final.measures["removed"] - entries
        return max(0, min(final.outstanding - pending, gone))


def total_weight(cell: Cell) -> int:
    """Sum of the weights of all operations."""
    return sum(cell.number(name) for name in WEIGHTS)
