"""``churn``: operations on timers, all at once in given proportions, or each alone in batches."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from bench.errors import UsageError
from bench.programs.base import Counts, Program
from bench.programs.counters import Counters
from bench.spec import Cell, Flag, MapType, OptionValue, TimeoutShape
from bench.spec.option import Option, choice, count
from bench.units import NS_PER_S, exact_duration

WEIGHTS = {"start": 4, "push": 4, "cancel": 1, "delete": 1, "replace": 1}
"""Operations in the order of ``weights`` of bpf/churn.bpf.c, and their default proportions."""
REMOVING = ("delete", "replace")
"""Weights of what an array does not know, and what frees an entry's timer."""
OPERATIONS = (
    "insert", "init", "set_callback", "start_idle", "push_back_later", "push_back_sooner",
    "cancel", "delete_pending", "delete_fired", "replace",
)  # fmt: skip
"""What is timed, in the order of ``enum operation`` of bpf/operations.h after the clock."""
TIMED = ("clock", *OPERATIONS, "callback")
MIX, ALONE = "mix", "alone"
BATCH = 64
"""Entries that an operation alone is called for in a row: ``BATCH`` of bpf/alone.h."""
ALONE_TIMEOUT_NS = 60 * NS_PER_S
"""Least timeout with operations alone: the timers of a trial must not expire within it."""
ALONE_MAPS = (MapType.HASH, MapType.HASH_NOPREALLOC)
FREED_OF_ROUND = 4
"""Of the timers of a batch: how often a round frees them."""
MAX_QUEUED = 10_000_000
MAX_WEIGHT = 1_000
FASTEST_HZ = 1_500_000
"""Operations per second assumed without a rate when memory is reserved."""
FREE_DELAY_S = 1.0
"""Time allowed for freed timers to come back through RCU."""


def _rate(value: object) -> OptionValue:
    return "max" if value == "max" else count(1, 100_000_000)(value)


def _cpus(value: object) -> OptionValue:
    return "all" if value == "all" else count(1, 4096)(value)


_OF_ALONE = (
    Option("queued", "alone: timers held in the queue of each CPU.", 0, count(0, MAX_QUEUED)),
    Option("cpus", "alone: CPUs that call at once, or all.", 1, _cpus),
    Option(
        "timers_of",
        "alone: whose queue a timer is in: the calling CPU's own, or another's.",
        "own",
        choice("own", "other"),
    ),
)
_OF_MIX = (
    Option("keys", "mix: own: each CPU its own; shared: any.", "own", choice("own", "shared")),
    *(
        Option(name, f"mix: weight of the operation {name}.", default, count(0, MAX_WEIGHT))
        for name, default in WEIGHTS.items()
    ),
)


class Churn(Program):
    """The cost of every operation, and every race between them."""

    name: ClassVar[str] = "churn"
    meaning: ClassVar[str] = "timers that are started, pushed back, cancelled, deleted and replaced"
    source: ClassVar[str] = "churn.bpf.c"
    syscalls: ClassVar[tuple[str, ...]] = ("churn", "alone", "hold")
    map_types: ClassVar[tuple[MapType, ...]] = tuple(MapType)
    flags: ClassVar[tuple[Flag, ...]] = tuple(Flag)
    timeout_shapes: ClassVar[tuple[TimeoutShape, ...]] = tuple(TimeoutShape)
    unused_axes: ClassVar[tuple[str, ...]] = (
        "hook",
        "ends",
        "population",
        "mode",
        "rearm",
        "phase",
        "arm_cpus",
        "instrument",
    )
    options: ClassVar[tuple[Option, ...]] = (
        Option("rate_hz", "Operations per second of all CPUs together, or max.", 100_000, _rate),
        Option(
            "operations",
            "mix: all at once at random; alone: each by itself, in batches.",
            MIX,
            choice(MIX, ALONE),
        ),
        *_OF_MIX,
        *_OF_ALONE,
    )
    measures: ClassVar[tuple[str, ...]] = (
        *(f"discarded_{name}" for name in TIMED),
        "inserted", "removed", "skipped", "overtaken", "unjudged", "unwatched",
    )  # fmt: skip
    distributions: ClassVar[tuple[str, ...]] = TIMED
    key_bytes: ClassVar[int] = 4

    def normalise(self, cell: Cell) -> Cell:
        """An array can neither delete nor replace entries; options of the other kind mean nothing.

        Operations alone need as many entries as timers: the driver knows how many.
        """
        cell = super().normalise(cell)
        others = _OF_MIX if is_alone(cell) else _OF_ALONE
        options = dict(cell.options) | {option.name: option.default for option in others}
        if cell.map_type is MapType.ARRAY:
            options |= dict.fromkeys(REMOVING, 0)
        return replace(cell, options=tuple(sorted(options.items())))

    def check(self, cell: Cell) -> None:
        """Refuse proportions that start nothing, and what operations alone cannot do.

        Raises:
            UsageError: Naming the weight, the timeout or the map.
        """
        Program.check(self, cell)
        if not is_alone(cell) and not cell.number("start"):
            problem = "program churn starts no timer: option start is 0"
            raise UsageError(problem, remedy="Give it a weight of 1 or more")
        if is_alone(cell):
            _check_alone(cell)

    def needs_callbacks(self, cell: Cell) -> bool:
        """Of operations alone, only one waits for timers that have fired."""
        return not is_alone(cell)

    def lead_ns(self, cell: Cell, warmup_ns: int) -> int:
        """Timers that are held never expire."""
        return warmup_ns if is_alone(cell) else Program.lead_ns(self, cell, warmup_ns)

    def offered_hz(self, cell: Cell, connections_hz: float) -> float | None:
        """Unknown: most timers are pushed back, cancelled or freed before they expire."""
        return None

    def outstanding(self, cell: Cell) -> int:
        """One timer per entry, and those freed but not yet returned by RCU."""
        rate_hz = FASTEST_HZ if cell.option("rate_hz") == "max" else cell.number("rate_hz")
        return cell.stated_map_size + int(rate_hz * _freed_share(cell) * FREE_DELAY_S)

    def measured(self, counts: Counts, cell: Cell, window_ns: int) -> dict[str, int | float | None]:
        """Counts of the window, and the operations per second that were really called.

        ``discarded`` are the calls of all operations; None if the kernel does not show its
        interrupts.
        """
        left = {name: n for name, n in counts.items() if not name.startswith("discarded_")}
        of_each = [counts[f"discarded_{name}"] for name in TIMED]
        discarded = None if left.pop("unwatched") else sum(of_each)
        called_hz = counts["called"] * NS_PER_S / window_ns
        return {**left, "discarded": discarded, "called_hz": called_hz}

    def evicted(self, final: Counters, *, entries: int, pending: int) -> int:
        """Timers that are not accounted for, but never more than entries that were evicted."""
        gone = final.measures["inserted"] - final.measures["removed"] - entries
        return max(0, min(final.outstanding - pending, gone))


def total_weight(cell: Cell) -> int:
    """Sum of the weights of all operations."""
    return sum(cell.number(name) for name in WEIGHTS)


def is_alone(cell: Cell) -> bool:
    """Whether each operation is timed by itself."""
    return dict(cell.options).get("operations") == ALONE


def _check_alone(cell: Cell) -> None:
    if cell.map_type not in ALONE_MAPS:
        problem = f"operations alone cannot use map type {cell.map_type}"
        raise UsageError(problem, remedy=f"Choose one of: {', '.join(ALONE_MAPS)}")
    if cell.stated_timeout_ns < ALONE_TIMEOUT_NS:
        raise UsageError(
            f"operations alone need timers that do not expire within the trial: timeout "
            f"{exact_duration(cell.stated_timeout_ns)} is too short",
            remedy=f"Use a timeout of {exact_duration(ALONE_TIMEOUT_NS)} or more, such as 1h",
        )


def _freed_share(cell: Cell) -> float:
    """Timers freed for each operation called."""
    if is_alone(cell):
        return FREED_OF_ROUND / len(OPERATIONS)
    freed = sum(cell.number(name) for name in REMOVING)
    if cell.map_type is MapType.LRU_HASH:
        freed += cell.number("start")
    return min(freed, cell.number("start")) / total_weight(cell)
