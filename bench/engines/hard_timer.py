"""The floor: how late hard hrtimers expire, which need no softirq."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from bench import abi
from bench.errors import BenchError
from bench.host.cpus import find_cpus
from bench.libbpf import compiler
from bench.libbpf.object import BpfObject
from bench.resources import Resource

SOURCE = "hard_timer.bpf.c"
PROGRAM = "hard_timer"
HARD_TIMER = "hard_timer"
"""Name of its distribution."""
WAKEUP = "hrtimer_wakeup"


def symbol_address(name: str, kallsyms: Path = Path("/proc/kallsyms")) -> int:
    """Address of a kernel function.

    Raises:
        BenchError: The kernel has no such symbol, or hides its addresses.
    """
    for line in kallsyms.read_text().splitlines():
        address, _, symbol = line.split()[:3]
        if symbol == name and int(address, 16):
            return int(address, 16)
    raise BenchError(f"no address of {name} in {kallsyms}", remedy="Run as root")


class HardTimers(Resource):
    """The hook on expiring hrtimers, attached until it is closed."""

    def __init__(self) -> None:
        """Load and attach it.

        Raises:
            BenchError: The kernel refused it.
        """
        with self.acquiring() as held:
            self._object = held.enter_context(BpfObject(compiler.compiled(SOURCE)))
            self._object.set_constants(
                {
                    "wakeup_function": symbol_address(WAKEUP),
                    "distribution_cpus": find_cpus().slots,
                }
            )
            self._object.map("distributions").configure(entries=find_cpus().slots)
            self._object.load_only((PROGRAM,))
            self._object.load()
            self._object.attach(PROGRAM)

    def view(self) -> npt.NDArray[np.void]:
        """Shape (CPUs,), dtype abi.DISTRIBUTION; drop it before closing."""
        return self._object.map("distributions").view(abi.DISTRIBUTION)

    def detach(self) -> None:
        """Count no longer."""
        self._object.detach()
