"""Within the guest: what does the same work as a timer, scripted."""

from __future__ import annotations

import ctypes
import errno
import time
from collections.abc import Callable
from pathlib import Path

from bench.engines.bpf_wq import missing_calls
from bench.errors import KernelRefusedError
from bench.instructions.calling import BPF_F_ZERO_SEED, run
from bench.instructions.exchange import IMPLICIT_WORKS, WORKS
from bench.libbpf import btf
from bench.libbpf.maps import MAP_TYPES
from bench.libbpf.object import BpfObject
from bench.spec.engines import WQ_IMPLICIT

WORKED_S = 0.001
"""What was queued is done, and the worker sleeps."""
Rounds = Callable[[int], tuple[int, int]]
"""Goes through so many rounds; how many calls failed, and with which errno."""


def timerfd(rivals: Path) -> Rounds:
    """Rounds of a timerfd in an epoll.

    Args:
        rivals: The shared object.
    """
    rounds = ctypes.CDLL(str(rivals)).timerfd_rounds

    def go(count: int) -> tuple[int, int]:
        result = rounds(count)
        return int(result < 0), -result

    return go


class Works:
    """Works of a BPF program, if the kernel has them.

    Attributes:
        object: The programs; None if the kernel refuses them.
        refused: The errno with which it does.
    """

    def __init__(self, shared: Path) -> None:
        """Load the programs, if they can be.

        Args:
            shared: Folder with the objects.
        """
        self.object: BpfObject | None = None
        self.refused = errno.ENOSYS
        if missing_calls():
            return
        implicit = btf.vmlinux().has_function(WQ_IMPLICIT)
        made = BpfObject(shared / (IMPLICIT_WORKS if implicit else WORKS))
        made.map("works").configure_kind(MAP_TYPES["hash"], BPF_F_ZERO_SEED)
        try:
            made.load()
        except KernelRefusedError as error:
            made.close()
            self.refused = error.errno
        else:
            self.object = made

    def close(self) -> None:
        """Unload them."""
        if self.object is not None:
            self.object.close()

    def rounds(self, together: int) -> Rounds:
        """Rounds in which works are made, then started, and then run one after another."""

        def go(count: int) -> tuple[int, int]:
            if self.object is None:
                return 1, self.refused
            for _ in range(count):
                for program in ("make", "start"):
                    failed, code = run(self.object, program, together=together)
                    if failed:
                        return failed, code
                    time.sleep(WORKED_S)
            return 0, 0

        return go
