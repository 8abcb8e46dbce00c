"""``sampler``: a timer on each CPU samples what runs there, or an event of perf does."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from bench.programs.base import Counts, Program
from bench.spec import Cell, Flag, Hook, MapType
from bench.spec.option import Option, count
from bench.units import NS_PER_S

MAX_BUSY = 64
DUTY = Option(
    "duty_percent", "Share of the time that each busy process computes.", 50, count(1, 100)
)


class Sampler(Program):
    """Periodic sampling, what ``bpf_timer`` was first wanted for."""

    name: ClassVar[str] = "sampler"
    source: ClassVar[str] = "sampler.bpf.c"
    map_types: ClassVar[tuple[MapType, ...]] = (MapType.ARRAY,)
    flags: ClassVar[tuple[Flag, ...]] = tuple(Flag)
    unused_axes: ClassVar[tuple[str, ...]] = (
        "hook", "map_type", "map_size", "mode", "phase", "arm_cpus", "instrument",
    )  # fmt: skip
    options: ClassVar[tuple[Option, ...]] = (
        Option("busy", "Processes that compute, one CPU after another.", 2, count(0, MAX_BUSY)),
        DUTY,
    )
    measures: ClassVar[tuple[str, ...]] = ("samples", "intervals", "interval_ns", "unprofiled")
    distributions: ClassVar[tuple[str, ...]] = ("interval", "jitter", "sample_cost")
    key_bytes: ClassVar[int] = 4

    def normalise(self, cell: Cell) -> Cell:
        """Pinned timers, a CPU each; perf has no flags."""
        cell = super().normalise(cell)
        if not cell.number("busy"):
            cell = replace(cell, options=(("busy", 0), (DUTY.name, DUTY.default)))
        if "flags" in cell.engine.facts.unused_axes:
            return cell
        flags = tuple(flag for flag in Flag if flag in (*cell.flags, Flag.CPU_PIN))
        return replace(cell, flags=flags)

    def rearms(self, cell: Cell) -> bool:
        """Until the end, whatever the engine."""
        return True

    def offered_hz(self, cell: Cell, connections_hz: float) -> float:
        """One sample per CPU and period."""
        return cell.map_size * NS_PER_S / cell.timeout_ns

    def outstanding(self, cell: Cell) -> int:
        """One timer per CPU."""
        return cell.map_size

    def programs(self, cell: Cell, hook: Hook | None) -> tuple[str, ...]:
        """What starts the timers, or what the events run."""
        return (cell.engine.facts.bpf_program or "arm",)

    def measured(self, counts: Counts, cell: Cell, window_ns: int) -> dict[str, float | None]:
        """Samples, drift, cost and the error of the profile; docs/programs.md defines them."""
        busy = cell.number("busy")
        intervals, interval_ns = counts["intervals"], counts["interval_ns"]
        drift_ns = interval_ns - intervals * cell.timeout_ns
        runs, expected = counts.get("runs"), counts.get("event_ns")
        return {
            "samples": counts["samples"],
            "unprofiled": counts["unprofiled"],
            "drift_ns": drift_ns / cell.map_size,
            "drift_share": drift_ns / (intervals * cell.timeout_ns) if intervals else None,
            "expected_samples": None if expected is None else expected / cell.timeout_ns,
            "run_ns": counts["run_ns"] / runs if runs else None,
            "busy_share": sum(counts[f"busy{n}_ns"] for n in range(busy)) / counts["cpu_ns"],
            "profile_error_share": profile_error_share(counts, busy) if busy else None,
        }


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
