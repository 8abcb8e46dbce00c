"""``sampler``: a timer on each CPU samples what runs there, or an event of perf does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

import numpy as np

from bench import abi
from bench.errors import TrialFailedError, UsageError
from bench.host.affinity import running_on
from bench.host.cpus import find_cpus
from bench.programs.base import Program
from bench.programs.busy import BusyProcesses, profile_error_share
from bench.programs.driver import Counts, Driver
from bench.programs.environment import Environment, RunProgram, Subject
from bench.programs.option import Option, count
from bench.programs.own_axes import with_options, without_load_axes
from bench.programs.perf_sampling import PROGRAM as ON_EVENT
from bench.spec import Cell, Clock, Engine, Flag, Hook, Instrument, MapType
from bench.units import NS_PER_S, exact_duration

MAX_BUSY = 64
SHORTEST_EVENT_NS = 10_000
"""The kernel rounds shorter periods of a cpu-clock event up (``perf_swevent_start_hrtimer``)."""
DUTY = Option(
    "duty_percent", "Share of the time that each busy process computes.", 50, count(1, 100)
)


class Sampler(Program):
    """Periodic sampling, what ``bpf_timer`` was first wanted for."""

    name: ClassVar[str] = "sampler"
    source: ClassVar[str] = "sampler.bpf.c"
    engines: ClassVar[tuple[Engine, ...]] = (Engine.BPF_TIMER, Engine.PERF_EVENT)
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
        """One pinned timer per usable CPU in an array; perf has neither clocks nor flags."""
        cell = replace(
            without_load_axes(with_options(self, cell)),
            hook=None,
            map_type=MapType.ARRAY,
            map_size=len(find_cpus().usable),
            mode=None,
            phase=None,
            arm_cpus=None,
            instrument=Instrument.FULL,
        )
        if not cell.number("busy"):
            cell = replace(cell, options=(("busy", 0), (DUTY.name, DUTY.default)))
        if cell.engine is Engine.PERF_EVENT:
            return replace(cell, clock=Clock.MONOTONIC, flags=())
        flags = tuple(flag for flag in Flag if flag in (*cell.flags, Flag.CPU_PIN))
        return replace(cell, flags=flags)

    def check(self, cell: Cell) -> None:
        """Refuse periods that perf would not keep.

        Raises:
            UsageError: Naming the value and the bound.
        """
        Program.check(self, cell)
        if cell.engine is Engine.PERF_EVENT and cell.timeout_ns < SHORTEST_EVENT_NS:
            raise UsageError(
                f"engine perf_event cannot sample every {exact_duration(cell.timeout_ns)}",
                remedy=f"Use a timeout of {exact_duration(SHORTEST_EVENT_NS)} or more",
            )

    def rearms(self, cell: Cell) -> bool:
        """Until the end, whatever the engine."""
        return True

    def offered_hz(self, cell: Cell, connections_hz: float) -> float:
        """One sample per CPU and period."""
        return cell.map_size * NS_PER_S / cell.timeout_ns

    def outstanding(self, cell: Cell) -> int:
        """One timer per CPU."""
        return cell.map_size

    def constants(self, cell: Cell, environment: Environment) -> dict[str, int | bytes]:
        """None of its own."""
        return {}

    def programs(self, cell: Cell, hook: Hook | None) -> tuple[str, ...]:
        """What starts the timers, or what the events run."""
        return (ON_EVENT,) if cell.engine is Engine.PERF_EVENT else ("arm",)

    def arm(self, run: RunProgram, cell: Cell, environment: Environment) -> None:
        """Start each timer on its own CPU, where the flag keeps it."""
        if cell.engine is Engine.PERF_EVENT:
            return
        for nth, cpu in enumerate(environment.cpus):
            arguments = np.zeros(1, abi.ARM_ARGS)
            arguments["first"] = nth
            with running_on(cpu):
                if run("arm", arguments) != 0:
                    raise TrialFailedError(f"the map has no room for the timer of CPU {cpu}")

    def drivers(self, subject: Subject, cell: Cell, environment: Environment) -> Sequence[Driver]:
        """Processes of which the scheduler knows how long they ran."""
        return (
            BusyProcesses(
                subject.map("profile"),
                number=cell.number("busy"),
                duty_percent=cell.number(DUTY.name),
                cpus=environment.cpus,
                seed=environment.seed,
            ),
        )

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
