"""``sampler``: a timer on each CPU samples what runs there, or an event of perf does."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from bench.errors import UsageError
from bench.programs.base import Counts, Program
from bench.programs.option import at_default
from bench.spec import Cell, Flag, Hook, MapType, Rearm
from bench.spec.option import Option, choice, count
from bench.units import NS_PER_MS, NS_PER_S

MAX_BUSY = 64
DUTY = Option(
    "duty_percent", "Share of the time that each busy process computes.", 50, count(1, 100)
)


AS_ARMED, ALIGNED, SKEWED = "as_armed", "aligned", "skewed"
TICKS = Option(
    "ticks",
    "When CPUs sample: as they were armed, all at once (aligned), or shared out over the period "
    "(skewed).",
    AS_ARMED,
    choice(AS_ARMED, ALIGNED, SKEWED),
    implied=True,
)
TICKS_LEAD_NS = 50 * NS_PER_MS
"""Time in which every CPU can be armed before the first of ticks that depend on each other."""


class Sampler(Program):
    """Periodic sampling, what ``bpf_timer`` was first wanted for."""

    name: ClassVar[str] = "sampler"
    meaning: ClassVar[str] = "a timer pinned to each CPU that samples what runs there"
    source: ClassVar[str] = "sampler.bpf.c"
    map_types: ClassVar[tuple[MapType, ...]] = (MapType.ARRAY,)
    flags: ClassVar[tuple[Flag, ...]] = (Flag.CPU_PIN,)
    unused_axes: ClassVar[tuple[str, ...]] = (
        "hook", "ends", "population", "map_type", "map_size", "mode", "phase", "arm_cpus",
        "instrument",
    )  # fmt: skip
    options: ClassVar[tuple[Option, ...]] = (
        Option("busy", "Processes that compute, one CPU after another.", 2, count(0, MAX_BUSY)),
        DUTY,
        TICKS,
    )
    measures: ClassVar[tuple[str, ...]] = ("samples", "intervals", "interval_ns", "unprofiled")
    distributions: ClassVar[tuple[str, ...]] = ("interval", "jitter", "sample_cost")
    key_bytes: ClassVar[int] = 4

    def normalise(self, cell: Cell) -> Cell:
        """Pinned timers, a CPU each, on their grid unless said otherwise; perf has no flags."""
        cell = super().normalise(replace(cell, rearm=cell.rearm or Rearm.ABSOLUTE))
        if not cell.number("busy"):
            cell = at_default(cell, [DUTY])
        if "flags" in cell.engine.facts.unused_axes:
            return cell
        flags = tuple(flag for flag in Flag if flag in (*cell.flags, Flag.CPU_PIN))
        return replace(cell, flags=flags)

    def check(self, cell: Cell) -> None:
        """Refuse, beside what no program can do, ticks of events that the kernel starts.

        Raises:
            UsageError: Naming both.
        """
        super().check(cell)
        if ticks_of(cell) != AS_ARMED and cell.engine.facts.bpf_program:
            raise UsageError(
                f"engine {cell.engine} starts its events by itself: ticks cannot be "
                f"{ticks_of(cell)}",
                remedy="Leave option ticks out, or use engine bpf_timer",
            )

    def rearms(self, cell: Cell) -> bool:
        """Until the end, whatever the engine."""
        return True

    def settling_ns(self, cell: Cell) -> int:
        """Before ticks that depend on each other all CPUs are armed."""
        return 0 if ticks_of(cell) == AS_ARMED else TICKS_LEAD_NS

    def offered_hz(self, cell: Cell, connections_hz: float) -> float:
        """One sample per CPU and period."""
        return cell.stated_map_size * NS_PER_S / cell.stated_timeout_ns

    def outstanding(self, cell: Cell) -> int:
        """One timer per CPU."""
        return cell.stated_map_size

    def programs(self, cell: Cell, hook: Hook | None) -> tuple[str, ...]:
        """What starts the timers, or what the events run."""
        return (cell.engine.facts.bpf_program or "arm",)

    def measured(self, counts: Counts, cell: Cell, window_ns: int) -> dict[str, float | None]:
        """Samples, drift, cost and the error of the profile; docs/programs.md defines them."""
        busy = cell.number("busy")
        intervals, interval_ns = counts["intervals"], counts["interval_ns"]
        drift_ns = interval_ns - intervals * cell.stated_timeout_ns
        runs, asked_ns = counts.get("runs"), self._asked_ns(counts, cell, window_ns)
        return {
            "samples": counts["samples"],
            "unprofiled": counts["unprofiled"],
            "drift_ns": drift_ns / cell.stated_map_size,
            "drift_share": drift_ns / (intervals * cell.stated_timeout_ns) if intervals else None,
            "expected_samples": None if asked_ns is None else asked_ns / cell.stated_timeout_ns,
            "run_ns": counts["run_ns"] / runs if runs else None,
            "busy_share": sum(counts[f"busy{n}_ns"] for n in range(busy)) / counts["cpu_ns"],
            "profile_error_share": profile_error_share(counts, busy) if busy else None,
        }

    def _asked_ns(self, counts: Counts, cell: Cell, window_ns: int) -> int | None:
        """Time of all CPUs over which the sampler keeps a rate; None if it promises none.

        An event counts its own time, and timers in phase are due once a period. A timer relative
        to its callback lags by its lateness, which ``drift_share`` says.
        """
        if "event_ns" in counts:
            return counts["event_ns"]
        return window_ns * cell.stated_map_size if Flag.ABS in cell.flags else None


def ticks_of(cell: Cell) -> str:
    """When the CPUs of a cell sample."""
    return str(dict(cell.options).get(TICKS.name, TICKS.default))


def profile_error_share(counts: Counts, number: int) -> float | None:
    """Total variation distance between two ways of sharing out the CPUs' time.

    Half the sum of the differences between the shares of samples and of time, over the
    busy processes and everything else: the share of samples that would have to be moved.
    None without samples.
    """
    if not counts["profiled"]:
        return None
    sampled = [counts[f"busy{nth}_samples"] / counts["profiled"] for nth in range(number)]
    spent = [counts[f"busy{nth}_ns"] / counts["cpu_ns"] for nth in range(number)]
    differences = [a - b for a, b in zip(sampled, spent, strict=True)]
    return (sum(map(abs, differences)) + abs(sum(differences))) / 2
