"""Opens what a trial measures: a control without a program, or what the cell's engine opens."""

from __future__ import annotations

from bench.control import has_program
from bench.drivers.base import Driver
from bench.drivers.environment import Environment
from bench.engines.base import Opened
from bench.engines.cyclictest import CyclictestSession
from bench.engines.no_program import NoProgramSession
from bench.engines.registry import OBJECTS
from bench.spec import Cell, Control


def opened(driver: Driver, cell: Cell, environment: Environment, refused: dict[str, str]) -> Opened:
    """What a trial measures; everything is gone when its session is closed.

    Args:
        driver: Of the program under test.
        cell: Its parameters.
        environment: What the host offers.
        refused: Hooks that the kernel refused before; extended, so that each is tried once.

    Raises:
        KernelRefusedError: The kernel refused the program.
        BenchError: No hook works, or it cannot be compiled.
    """
    if cell.control is Control.CYCLICTEST:
        return Opened(CyclictestSession(environment.cpus))
    if not has_program(cell):
        return Opened(NoProgramSession())
    return OBJECTS[cell.engine].opened(driver, cell, environment, refused)
