"""Small experiments on the running kernel, with the programs under test themselves."""

from __future__ import annotations

from bench.programs.base import Environment
from bench.programs.registry import find
from bench.programs.session import opened
from bench.spec import ArmCpus, Cell, Phase
from bench.units import NS_PER_S

FAR_NS = 3600 * NS_PER_S
"""A timeout that never comes within a probe."""


def failed_inits(timers: int, environment: Environment) -> int:
    """How many of ``timers`` could not be initialised for want of memory, just now.

    Arms them with a far expiry and lets the map's release cancel them.
    """
    program = find("resident")
    cell = Cell(
        program=program.name,
        map_size=max(timers, 1),
        timeout_ns=FAR_NS,
        phase=Phase.BURST,
        arm_cpus=ArmCpus.ALL,
    )
    with opened(program, cell, environment, {}) as session:
        session.prepare(environment, NS_PER_S)
        program.arm(session.run, cell, environment)
        return session.read().init_failed.get("ENOMEM", 0)
