"""A timer that packets push back in one order and start in the other."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from bench import abi
from bench.libbpf import compiler, ffi
from bench.libbpf.object import BpfObject
from tests.waiting import wait_until

SOURCE = Path(__file__).with_name("overtaken_start.bpf.c")


def test_a_start_that_was_overtaken_loses_no_timer() -> None:
    with BpfObject(compiler.compiled(str(SOURCE))) as loaded:
        loaded.map("slots").configure(entries=ffi.possible_cpus())
        loaded.load()
        slots = loaded.map("slots").view(abi.SLOT)
        assert loaded.run("overtake", np.zeros(1, abi.ARM_ARGS)) == 0
        wait_until("the entry collected", lambda: slots["collected"].sum() == 1)
        counts = {name: int(slots[name].sum()) for name in ("started", "restarted", "fired")}
        assert counts == {"started": 1, "restarted": 1, "fired": 2}
        # It was collected for the far time, by which alone it is late.
        assert 0 <= int(slots["lateness_max_ns"].max()) < 45_000_000
