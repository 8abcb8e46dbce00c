"""What trials of a run share: load processes, observers, memory reserve, host facts."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from types import TracebackType
from typing import Self

from bench.errors import BenchError
from bench.host import memory
from bench.host.fingerprint import drift, fingerprint
from bench.host.ksoftirqd import find_ksoftirqd
from bench.host.mounts import find_mounts
from bench.host.reserve import MemoryReserve, SlabObject
from bench.libbpf import btf
from bench.load.controller import Load
from bench.observers.base import Observer
from bench.observers.registry import make_observer
from bench.programs import probes
from bench.programs.base import Environment, Program
from bench.programs.registry import find
from bench.record import Reserve
from bench.spec import Cell, ObserverName

NOLOCK = "kmalloc_nolock_noprof"
"""Kernel function whose presence means that bpf_timer_init may fail for want of slabs."""
PROBE_TIMERS = 20_000


class Rig:
    """Everything that outlives a trial; a context manager that leaves nothing behind."""

    def __init__(self, cells: Sequence[Cell]) -> None:
        """Find out about the host; nothing is started or reserved yet.

        Raises:
            BenchError: No BTF, or no ksoftirqd to be found.
        """
        self.cpus = tuple(sorted(os.sched_getaffinity(0)))
        self.ksoftirqd: Mapping[int, int] = find_ksoftirqd()
        self.host = fingerprint()
        self.refused_hooks: dict[str, str] = {}
        self._cells = cells
        self._shape = slab_object()
        self._reserve = MemoryReserve(self._shape)
        self._reserve_reason = "not probed"
        self._load: Load | None = None
        self._observers: dict[ObserverName, Observer] = {}
        self._running: Observer | None = None
        self._exit = ExitStack()

    def __enter__(self) -> Self:
        """Check that the largest cell fits, and reserve memory if this kernel needs it."""
        self._exit.callback(self._stop_observer)
        self._exit.callback(self.drop_load)
        self._exit.callback(self._reserve.release)
        try:
            self._prepare_memory()
            self._warm_up()
        except BaseException:
            self._exit.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop load and observers, release the reserve."""
        self._exit.close()

    def environment(self, cell: Cell) -> Environment:
        """What programs need to know of the host for this cell."""
        return Environment(
            cpus=self.cpus,
            ksoftirqd=self.ksoftirqd,
            ports=self.load().ports if cell.has_load else (),
            cgroup=find_mounts().cgroup2,
        )

    def load(self) -> Load:
        """The load processes, started on first use and after :meth:`drop_load`."""
        if self._load is None:
            load = Load()
            load.__enter__()
            self._load = load
        return self._load

    def drop_load(self) -> None:
        """End the load processes."""
        if self._load is not None:
            load, self._load = self._load, None
            load.__exit__(None, None, None)

    def observer(self, name: ObserverName) -> Observer:
        """The running observer of this name; another one is stopped first."""
        wanted = self._observers.get(name)
        if wanted is None:
            wanted = self._observers[name] = make_observer(name, self.ksoftirqd)
        if self._running is not wanted:
            self._stop_observer()
            wanted.start()
            self._running = wanted
        return wanted

    def _stop_observer(self) -> None:
        if self._running is not None:
            observer, self._running = self._running, None
            observer.stop()

    def drifted(self) -> list[str]:
        """Host facts that changed since the run began."""
        return drift(self.host, fingerprint())

    def reserve_record(self) -> Reserve:
        """What the record says about the reserve."""
        return Reserve(
            used=self._reserve.objects > 0,
            reason=self._reserve_reason,
            objects=self._reserve.objects,
            object_bytes=self._shape.cache_bytes,
            seconds=round(self._reserve.seconds, 3),
        )

    def _warm_up(self) -> None:
        """Start what is slow to start before the first trial."""
        if any(cell.has_load for cell in self._cells):
            self.load()
        if self._cells:
            self.observer(self._cells[0].observer)

    def _prepare_memory(self) -> None:
        largest = max((find(cell.program).outstanding(cell) for cell in self._cells), default=0)
        reserved = btf.vmlinux().has_function(NOLOCK)
        for cell in self._cells:
            check_memory(find(cell.program), cell, self._shape, reserved=reserved)
        needed, self._reserve_reason = self._probe_reserve(min(largest, PROBE_TIMERS))
        if needed:
            self._reserve.grow(largest)

    def _probe_reserve(self, timers: int) -> tuple[bool, str]:
        if not btf.vmlinux().has_function(NOLOCK):
            return False, f"not needed: this kernel has no {NOLOCK}"
        failed = probes.failed_inits(timers, Environment(self.cpus, self.ksoftirqd))
        if failed:
            return True, f"{failed} of {timers} bpf_timer_init failed with ENOMEM without it"
        return False, f"not needed: {timers} timers were initialised without a failure"


def slab_object() -> SlabObject:
    """Sizes of the kernel's timer and attribute objects, from its BTF.

    Raises:
        BenchError: The kernel's BTF does not have them.
    """
    timer = btf.vmlinux().struct("bpf_hrtimer")
    attribute = btf.vmlinux().struct("simple_xattr")
    if timer is None or attribute is None:
        missing = "bpf_hrtimer" if timer is None else "simple_xattr"
        raise BenchError(f"the kernel's BTF has no struct {missing}")
    return SlabObject(timer.size, attribute.size)


def check_memory(program: Program, cell: Cell, shape: SlabObject, *, reserved: bool) -> None:
    """Refuse a cell whose map and timers do not fit into memory.

    Raises:
        BenchError: Naming how much is needed and how much there is.
    """
    timers = memory.timer_bytes(program.outstanding(cell), shape, reserved=reserved)
    what = f"map size {cell.map_size:,} of program {program.name}"
    memory.check_fits(program.map_bytes(cell) + timers, what, memory.available_bytes())
