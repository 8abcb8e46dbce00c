"""The bare sink of a flood: what arrives when hardly anything is done with it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bench.flood.flood import PORT
from bench.host.netns import inside
from bench.host.veth import End
from bench.libbpf import compiler, ffi
from bench.libbpf.object import BpfObject

SOURCE = Path(__file__).with_name("sink.bpf.c")
SLOT = np.dtype({"names": ["packets", "other"], "formats": ["<u8", "<u8"], "itemsize": 128})
"""``struct sink_slot`` of sink.bpf.c."""
SEEN = np.dtype([("packets", "<u8")])


@dataclass(frozen=True, slots=True)
class SinkCounts:
    """Packets of the flood, and all others."""

    packets: int
    other: int


@dataclass(frozen=True, slots=True)
class Sink:
    """What a program on an end of a veth pair counted of the flood that it drops."""

    slots: npt.NDArray[np.void]
    flows: npt.NDArray[np.void]

    def counts(self) -> SinkCounts:
        """What arrived so far."""
        copy = np.array(self.slots)
        return SinkCounts(int(copy["packets"].sum()), int(copy["other"].sum()))

    def seen(self) -> npt.NDArray[np.uint64]:
        """Packets of each flow, shape (flows,)."""
        return np.array(self.flows["packets"])


@contextmanager
def sink_at(end: End, flows: int = 0, *, through: bool = False) -> Iterator[Sink]:
    """A sink on an end of a veth pair, in native mode, while the block runs.

    Args:
        end: Where it is attached.
        flows: Flows to tell apart; 0 = count packets only.
        through: Let everything pass to the network stack instead.

    Raises:
        BenchError: The kernel refused it.
    """
    program = "sink_pass" if through else "sink_flows" if flows else "sink"
    with BpfObject(compiler.compiled(str(SOURCE))) as loaded:
        loaded.map("sink_slots").configure(entries=ffi.possible_cpus())
        loaded.map("seen").configure(entries=max(flows, 1))
        loaded.set_constants({"flood_port": PORT})
        loaded.load()
        with inside(end.namespace):
            loaded.attach_xdp(program, end.ifindex)
        yield Sink(loaded.map("sink_slots").view(SLOT), loaded.map("seen").view(SEEN)[:flows])
