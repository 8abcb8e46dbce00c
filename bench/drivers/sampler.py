"""Drives ``sampler``: a timer on each CPU, and processes to be sampled."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from bench import abi
from bench.drivers.activity import Activity
from bench.drivers.base import Driver
from bench.drivers.busy import BusyProcesses
from bench.drivers.environment import LATENESS_CLOCKS, Environment, RunProgram, Subject
from bench.drivers.loading import rearm_constants
from bench.errors import TrialFailedError
from bench.host.affinity import running_on
from bench.host.cpus import find_cpus
from bench.programs.sampler import AS_ARMED, DUTY, SKEWED, Sampler, ticks_of
from bench.spec import Cell


class SamplerDriver(Driver):
    """Busy processes are what the samples should find."""

    program = Sampler()

    def fit(self, cell: Cell) -> Cell:
        """There is a timer for each usable CPU."""
        return replace(cell, map_size=len(find_cpus().usable))

    def constants(self, cell: Cell, environment: Environment) -> dict[str, int | bytes]:
        """How its timers start again."""
        return rearm_constants(cell)

    def arm(self, run: RunProgram, cell: Cell, environment: Environment) -> None:
        """Start each timer on its own CPU, where the flag keeps it."""
        if cell.engine.facts.bpf_program:
            return
        begin_ns = time.clock_gettime_ns(LATENESS_CLOCKS[cell.clock])
        for nth, cpu in enumerate(environment.cpus):
            arguments = np.zeros(1, abi.ARM_ARGS)
            arguments["first"] = nth
            arguments["epoch_ns"] = self._first_tick(cell, begin_ns, nth, len(environment.cpus))
            with running_on(cpu):
                if run("arm", arguments) != 0:
                    raise TrialFailedError(f"the map has no room for the timer of CPU {cpu}")

    def _first_tick(self, cell: Cell, begin_ns: int, nth: int, cpus: int) -> int:
        """When the nth of some CPUs samples first; 0: a period after it is armed."""
        ticks = ticks_of(cell)
        if ticks == AS_ARMED:
            return 0
        skew_ns = cell.stated_timeout_ns * nth // cpus if ticks == SKEWED else 0
        return begin_ns + self.program.settling_ns(cell) + skew_ns

    def activities(
        self, subject: Subject, cell: Cell, environment: Environment
    ) -> Sequence[Activity]:
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
