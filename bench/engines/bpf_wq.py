"""Engine ``bpf_wq``: the callback of an entry's timer hands it over to a work queue, whose work
deletes it in a kworker.
"""

from __future__ import annotations

from bench.engines.base import EngineObject
from bench.errors import UsageError
from bench.libbpf import btf
from bench.spec import Cell, Engine
from bench.spec.engines import WQ_IMPLICIT

CALLS = ("bpf_wq_init", "bpf_wq_set_callback_impl", "bpf_wq_start")
"""Functions of the kernel that programs call for it, since 6.10."""
LATER = {"bpf_wq_set_callback_impl": WQ_IMPLICIT}
"""What they call instead where it is there, since 7.0."""


def missing_calls() -> list[str]:
    """Those that this kernel does not have."""
    has = btf.vmlinux().has_function
    return [name for name in CALLS if not has(name) and not has(LATER.get(name, name))]


class BpfWq(EngineObject):
    """Timers in a map, and a work for each."""

    engine = Engine.BPF_WQ

    def missing(self) -> str | None:
        """The functions that are not there."""
        names = ", ".join(missing_calls())
        return f"it needs {names}, which this kernel does not have" if names else None

    def check(self, cell: Cell) -> None:
        """Refuse it where the kernel has no work queues for BPF."""
        if why := self.missing():
            raise UsageError(
                f"engine {self.engine} cannot be used: {why}",
                remedy="Use a kernel from 6.10 on, or another engine",
            )
