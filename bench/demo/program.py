"""``bpf/demo.bpf.c``: load it for one hook, attach it, read its counts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from enum import StrEnum
from pathlib import Path

import numpy as np

from bench.drivers.hooks import refused_hook
from bench.drivers.timer_memory import slab_object, wants_reserve
from bench.errors import BenchError, KernelRefusedError
from bench.host.printk_event import printk_unchanged
from bench.host.reserve import MemoryReserve
from bench.libbpf import compiler
from bench.libbpf.object import BpfObject
from bench.resources import Resource

SOURCE = "demo.bpf.c"
RESERVED_TIMERS = 1_000
"""Far more than the map holds: RCU gives the memory of collected timers back late."""


class DemoHook(StrEnum):
    """Where the demo meets connection ends."""

    FENTRY = "fentry"
    TP_BTF = "tp_btf"


PROGRAMS = {DemoHook.FENTRY: ("fentry_client", "fexit_server"), DemoHook.TP_BTF: ("tp_btf_state",)}


@dataclass(frozen=True, slots=True)
class Tally:
    """The program's own counts; ``struct demo_tally`` of bpf/demo.bpf.c.

    Attributes:
        met: Connection ends that the hook met.
        armed: Timers started.
        fired: Callbacks.
        failed: Ends that got no timer.
        init_retried: Attempts of bpf_timer_init that met ENOMEM and were repeated.
        uncollected: Entries that the callback could not delete.
    """

    met: int
    armed: int
    fired: int
    failed: int
    init_retried: int
    uncollected: int


_TALLY = np.dtype([(field.name, np.uint64) for field in fields(Tally)])


class DemoProgram(Resource):
    """The loaded program; made by :func:`attached`."""

    def __init__(self, loaded: BpfObject) -> None:
        """Map its counts."""
        found = loaded.btf().struct("demo_tally")
        names = found and tuple(member.name for member in found.members)
        if names != _TALLY.names:
            raise BenchError(f"struct demo_tally has {names}, not {_TALLY.names}")
        self._object = loaded
        self._view = loaded.map("tally").view(_TALLY)
        self._held.callback(self._drop_view)

    def tally(self) -> Tally:
        """The counts now."""
        row = self._view[0]
        return Tally(**{name: int(row[name]) for name in _TALLY.names or ()})

    def detach(self) -> None:
        """Meet no further connections; timers that are armed stay."""
        self._object.detach()

    def _drop_view(self) -> None:
        del self._view


@contextmanager
def attached(hook: DemoHook, tracefs: Path, ports: tuple[int, int]) -> Iterator[DemoProgram]:
    """Load the program for one hook and attach it; everything is gone when the block ends.

    Args:
        hook: Where to meet connections; no other is tried.
        tracefs: Mount point, whose global settings are kept.
        ports: Server ports over IPv4 and IPv6 whose connections are met; 0 = all.

    Raises:
        KernelRefusedError: Naming the hook and the kernel's answer.
        BenchError: It cannot be compiled, or memory for timers cannot be reserved.
    """
    path = compiler.compiled(SOURCE)
    with _memory(), printk_unchanged(tracefs) as global_trace, BpfObject(path) as loaded:
        loaded.load_only(PROGRAMS[hook])
        loaded.set_constants({"ipv4_port": ports[0], "ipv6_port": ports[1]})
        try:
            loaded.load()
            global_trace.restore()
            for name in PROGRAMS[hook]:
                loaded.attach(name)
        except KernelRefusedError as error:
            raise refusal(hook, error) from error
        with DemoProgram(loaded) as program:
            yield program


@contextmanager
def _memory() -> Iterator[None]:
    """Objects for timers, where the kernel finds none by itself."""
    if not wants_reserve():
        yield
        return
    with MemoryReserve(slab_object()) as reserve:
        reserve.grow(RESERVED_TIMERS)
        yield


def refusal(hook: DemoHook, error: KernelRefusedError) -> KernelRefusedError:
    """The kernel's answer in terms of the hook, with the next step."""
    others = [DemoHook.TP_BTF] if hook is DemoHook.FENTRY else []
    return refused_hook(hook, error, others=others)
