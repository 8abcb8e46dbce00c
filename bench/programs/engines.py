"""What a cell's engine means: how its subject is opened, and what serves its timeouts."""

from __future__ import annotations

from collections.abc import Sequence

from bench.control import has_program
from bench.programs.bare import BareSession
from bench.programs.base import Program
from bench.programs.cyclictest import CyclictestSession
from bench.programs.driver import Driver
from bench.programs.environment import LATENESS_CLOCKS, Environment
from bench.programs.perf_sampling import PerfSampling
from bench.programs.process_time import ProcessTime
from bench.programs.session import BpfSession, Session, opened_object
from bench.programs.timerfd import TimerfdSession
from bench.programs.user_gc import UserGc
from bench.spec import Cell, Control, Engine


def opened(
    program: Program, cell: Cell, environment: Environment, refused: dict[str, str]
) -> Session:
    """What a trial measures, ready to be armed; everything is gone when it is closed.

    Args:
        program: The program under test.
        cell: Its parameters.
        environment: What the host offers.
        refused: Hooks that the kernel refused before; extended, so that each is tried once.

    Raises:
        KernelRefusedError: The kernel refused the program.
        BenchError: No hook works, or it cannot be compiled.
    """
    if cell.control is Control.CYCLICTEST:
        return CyclictestSession(environment.cpus)
    if not has_program(cell):
        return BareSession()
    if cell.engine is Engine.TIMERFD:
        return TimerfdSession(cell)
    return opened_object(program, cell, environment, refused)


def activities(
    program: Program, session: Session, cell: Cell, environment: Environment
) -> Sequence[Driver]:
    """What makes the program work beside timers and load."""
    if not isinstance(session, BpfSession):
        return ()
    return program.drivers(session, cell, environment)


def collectors(session: Session, cell: Cell, environment: Environment) -> Sequence[Driver]:
    """What serves the timeouts of the cell's engine from user space; nothing for most."""
    if isinstance(session, TimerfdSession):
        return (ProcessTime(session.pid, "loop_cpu_ns"),)
    if not isinstance(session, BpfSession):
        return ()
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
