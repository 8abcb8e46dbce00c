"""Observer ``bcc``: the hooks of ``softirq.bcc.c``, compiled with the host's kernel headers."""

from __future__ import annotations

import mmap
from collections.abc import Mapping
from typing import Any

import numpy as np

from bench import abi
from bench.errors import BenchError
from bench.observers.bcc_build import build_facts, compiled_program
from bench.observers.slots import HOOKS, Slots, SlotsObserver, same_layout
from bench.record import ObserverInfo
from bench.spec import ObserverName


class BccObserver(SlotsObserver):
    """Raw tracepoints, compiled once per process.

    One instance at a time can be started in a process.
    """

    name = ObserverName.BCC

    def __init__(self, ksoftirqd: Mapping[int, int]) -> None:
        """Remember the threads; compiling is left to the first :meth:`start`."""
        super().__init__(ksoftirqd)
        self._program: Any = None

    def _load(self) -> Slots:
        program = compiled_program()
        if program.raw_tracepoint_fds:
            raise BenchError("a BCC observer is started already in this process")
        self._program = program
        return _mapped(program)

    def _attach(self) -> None:
        try:
            for tracepoint, function in HOOKS.items():
                self._program.attach_raw_tracepoint(tracepoint.encode(), function.encode())
        except Exception as error:  # BCC raises plain Exception for everything
            raise BenchError(
                f"BCC observer cannot be attached: {error}",
                remedy="Use `--observer core` or `--observer procfs`",
            ) from error

    def _detach(self) -> None:
        if self._program is not None:
            for tracepoint in reversed(list(self._program.raw_tracepoint_fds)):
                self._program.detach_raw_tracepoint(tracepoint)
        self._program = None

    def _programs(self) -> Mapping[str, int]:
        return {name: int(self._program.funcs[name.encode()].fd) for name in HOOKS.values()}

    def info(self) -> ObserverInfo:
        """BCC's version, and the kernel headers it was compiled with."""
        return ObserverInfo(name=self.name.value, detail=build_facts())


def _mapped(program: Any) -> Slots:
    table = program[b"cpu_slots"]
    same_layout(np.dtype(table.Leaf))
    size = abi.CPU_SLOT.itemsize * table.max_entries
    pages = -(-size // mmap.PAGESIZE) * mmap.PAGESIZE
    memory = mmap.mmap(table.map_fd, pages, mmap.MAP_SHARED, mmap.PROT_READ | mmap.PROT_WRITE)
    return np.frombuffer(memory, dtype=abi.CPU_SLOT, count=table.max_entries)
