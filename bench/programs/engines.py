"""What a cell's engine means: how its subject is opened, and what serves its timeouts."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager

from bench.programs.base import LATENESS_CLOCKS, Environment, Program
from bench.programs.driver import Driver
from bench.programs.perf_sampling import PerfSampling
from bench.programs.session import Session, opened_object
from bench.programs.user_gc import UserGc
from bench.spec import Cell, Engine


def opened(
    program: Program, cell: Cell, environment: Environment, refused: dict[str, str]
) -> AbstractContextManager[Session]:
    """What a trial measures, ready to be armed; everything is gone when the block ends.

    Args:
        program: The program under test.
        cell: Its parameters.
        environment: What the host offers.
        refused: Hooks that the kernel refused before; extended, so that each is tried once.

    Raises:
        KernelRefusedError: The kernel refused the program.
        BenchError: No hook works, or it cannot be compiled.
    """
    return opened_object(program, cell, environment, refused)


def collectors(session: Session, cell: Cell, environment: Environment) -> Sequence[Driver]:
    """What serves the timeouts of the cell's engine from user space; nothing for most."""
    if cell.engine is Engine.PERF_EVENT:
        return (PerfSampling(session, environment.cpus, cell.timeout_ns),)
    if cell.engine is not Engine.USER_GC:
        return ()
    return (
        UserGc(
            session.map("timers"),
            session.user_slot,
            LATENESS_CLOCKS[cell.clock],
            period_ns=cell.number("gc_period_ns"),
            size=cell.number("gc_batch"),
        ),
    )
