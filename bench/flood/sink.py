"""The bare sink of a flood: what arrives when hardly anything is done with it."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import numpy as np
import numpy.typing as npt

from bench import abi
from bench.flood.flood import PORT
from bench.host.netns import inside
from bench.host.veth import End
from bench.libbpf import compiler, ffi
from bench.libbpf.object import BpfObject

SEEN = np.dtype([("packets", "<u8")])


@dataclass(frozen=True, slots=True)
class SinkCounts:
    """Packets of the flood, and all others."""

    packets: int
    other: int


class Sink:
    """A program on an end of a veth pair that counts the flood and drops it.

    Args:
        end: Where it is attached, in native mode.
        flows: Flows to tell apart; 0 = count packets only.
        through: Let everything pass to the network stack instead.
    """

    def __init__(self, end: End, flows: int = 0, *, through: bool = False) -> None:
        """Remember where."""
        self._end = end
        self._flows = flows
        self._program = "sink_pass" if through else "sink_flows" if flows else "sink"
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        """Load and attach.

        Raises:
            BenchError: The kernel refused it.
        """
        with ExitStack() as stack:
            loaded = stack.enter_context(BpfObject(compiler.compiled("sink.bpf.c")))
            loaded.map("sink_slots").configure(entries=ffi.possible_cpus())
            loaded.map("seen").configure(entries=max(self._flows, 1))
            loaded.set_constants({"flood_port": PORT})
            loaded.load()
            with inside(self._end.namespace):
                loaded.attach_xdp(self._program, self._end.ifindex)
            self._slots: npt.NDArray[np.void] = loaded.map("sink_slots").view(abi.SINK_SLOT)
            self._seen: npt.NDArray[np.void] = loaded.map("seen").view(SEEN)
            stack.callback(self._drop_views)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Detach and unload."""
        self._stack.close()

    def _drop_views(self) -> None:
        del self._slots, self._seen

    def counts(self) -> SinkCounts:
        """What arrived so far."""
        copy = np.array(self._slots)
        return SinkCounts(int(copy["packets"].sum()), int(copy["other"].sum()))

    def seen(self) -> npt.NDArray[np.uint64]:
        """Packets of each flow, shape (flows,)."""
        return np.array(self._seen["packets"][: self._flows])
