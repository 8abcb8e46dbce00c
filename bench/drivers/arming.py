"""Timers armed on the calling CPU by a syscall program that takes ``struct arm_args``."""

from __future__ import annotations

import time
from collections.abc import Mapping
from functools import partial
from threading import Event

import numpy as np
import numpy.typing as npt

from bench import abi
from bench.drivers.environment import RunProgram
from bench.errors import TrialFailedError
from bench.host.affinity import pin
from bench.threads import DriverThreads

CHUNK = 10_000
"""Timers armed by one system call, so that an interrupt is noticed in between, and the thread
that gives the sign of life has its turn: it is some 6 ms, and ten times that where emulated."""
END_S = 60.0
"""For the chunks that are being armed when a run is interrupted."""
PASSES = 4
PAUSE_S = 0.002
"""Who holds a slab's lock is done after some 100 us; want of memory lasts."""


def arm_on_each(
    run: RunProgram, program: str, parts: Mapping[int, range], *, epoch_ns: int = 0
) -> None:
    """Arm on several CPUs at once, each the timers of its keys.

    Raises:
        TrialFailedError: As :func:`arm_keys`.
    """
    failed: list[BaseException] = []

    def arm(cpu: int, keys: range) -> None:
        pin({cpu})
        try:
            arm_keys(run, program, keys, epoch_ns=epoch_ns, stopping=threads.stopping)
        except BaseException as error:
            threads.stopping.set()
            failed.append(error)

    works = (partial(arm, cpu, keys) for cpu, keys in parts.items())
    with DriverThreads("arming", *works, end_s=END_S) as threads:
        threads.start()
        threads.wait()
    if failed:
        raise failed[0]


def arm_keys(
    run: RunProgram,
    program: str,
    keys: range,
    *,
    epoch_ns: int = 0,
    stopping: Event | None = None,
) -> None:
    """Arm the timers of these keys on the calling CPU; nothing of them expires before the epoch.

    Args:
        run: Runs a program of the object.
        program: Its name.
        keys: Of the timers.
        epoch_ns: In the timers' clock.
        stopping: Once it is set, the rest is left.

    Raises:
        TrialFailedError: The program gave up.
    """
    for start in range(0, len(keys), CHUNK):
        if stopping is not None and stopping.is_set():
            return
        part = keys[start : start + CHUNK]
        arguments = np.zeros(1, dtype=abi.ARM_ARGS)
        arguments["first"], arguments["stride"] = part[0], keys.step
        arguments["count"], arguments["epoch_ns"] = len(part), epoch_ns
        _arm_part(run, program, arguments)


def _arm_part(run: RunProgram, program: str, arguments: npt.NDArray[np.void]) -> None:
    """Arm some timers; those that met -ENOMEM get another pass after a pause."""
    for number in range(1, PASSES + 1):
        arguments["last_pass"], arguments["again"] = number == PASSES, number > 1
        if run(program, arguments) != 0:
            raise TrialFailedError(f"arming stopped among timers {arguments[0]}")
        if not arguments["missing"][0]:
            return
        time.sleep(PAUSE_S)
