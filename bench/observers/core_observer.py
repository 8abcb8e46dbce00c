"""Observer ``core``: the hooks of ``softirq.bpf.c``, attached by the kernel's own BTF."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from functools import cache

from bench import abi
from bench.errors import BenchError
from bench.host.cpus import find_cpus
from bench.libbpf import compiler, ffi
from bench.libbpf.object import BpfObject
from bench.observers.slots import HOOKS, Slots, SlotsObserver
from bench.record import ObserverInfo
from bench.spec import ObserverName

SOURCE = "observers/softirq.bpf.c"


@cache
def loaded_object() -> BpfObject:
    """The hooks, loaded once per process and none attached.

    Raises:
        BenchError: They cannot be compiled.
        KernelRefusedError: This kernel refused them.
    """
    loaded = BpfObject(compiler.compiled(SOURCE))
    with loaded.acquiring():
        loaded.map("cpu_slots").configure(entries=find_cpus().slots)
        loaded.load()
    return loaded


class CoreObserver(SlotsObserver):
    """BTF-typed raw tracepoints; no kernel headers are needed.

    One instance at a time can be started in a process.
    """

    name = ObserverName.CORE

    def __init__(self, ksoftirqd: Mapping[int, int]) -> None:
        """Remember the threads; compiling is left to the first :meth:`start`."""
        super().__init__(ksoftirqd)
        self._object: BpfObject | None = None

    def _load(self) -> Slots:
        loaded = loaded_object()
        if loaded.link_fds():
            raise BenchError("a core observer is started already in this process")
        self._object = loaded
        return loaded.map("cpu_slots").view(abi.CPU_SLOT)

    def _attach(self) -> None:
        assert self._object is not None
        for function in HOOKS.values():
            self._object.attach(function)

    def _detach(self) -> None:
        if self._object is not None:
            self._object.detach()
            self._object.map("cpu_slots").unmap()
        self._object = None

    def _programs(self) -> Mapping[str, int]:
        assert self._object is not None
        return {name: self._object.program_fd(name) for name in HOOKS.values()}

    def info(self) -> ObserverInfo:
        """What compiled and loaded it."""
        detail = {
            "libbpf": ffi.version(),
            "clang": compiler.built_with(),
            "kernel": platform.release(),
            "hooks": "tp_btf " + ", ".join(HOOKS),
        }
        return ObserverInfo(name=self.name.value, detail=detail)
