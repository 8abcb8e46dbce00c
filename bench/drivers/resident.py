"""Drives ``resident``: arms its timers on all CPUs at once."""

from __future__ import annotations

import time

from bench.drivers.arming import arm_on_each
from bench.drivers.base import Driver
from bench.drivers.environment import LATENESS_CLOCKS, Environment, RunProgram
from bench.drivers.loading import rearm_constants
from bench.programs.resident import Resident
from bench.spec import ArmCpus, Cell, Phase

PHASES = {Phase.EVEN: 0, Phase.RANDOM: 1, Phase.BURST: 2}
"""``enum phase`` of bpf/phase.h."""


class ResidentDriver(Driver):
    """All timers are armed before the first of them expires."""

    program = Resident()

    def constants(self, cell: Cell, environment: Environment) -> dict[str, int | bytes]:
        """Number of timers and the phase of their first expiry."""
        return {
            "timer_count": cell.stated_map_size,
            "first_phase": PHASES[cell.phase or Phase.RANDOM],
            "phase_seed": environment.seed,
            "periodic": int(self.program.rearms(cell)),
            "extra_work": int(dict(cell.options).get("extra_work", 0)),
            **rearm_constants(cell),
        }

    def arm(self, run: RunProgram, cell: Cell, environment: Environment) -> None:
        """Arm on each CPU every n-th timer, on all at once, so that phases interleave."""
        cpus = environment.cpus if cell.arm_cpus is not ArmCpus.ONE else environment.cpus[:1]
        epoch_ns = time.clock_gettime_ns(LATENESS_CLOCKS[cell.clock]) + self.program.settling_ns(
            cell
        )
        parts = {cpu: range(nth, cell.stated_map_size, len(cpus)) for nth, cpu in enumerate(cpus)}
        arm_on_each(run, "arm", parts, epoch_ns=epoch_ns)
