"""The objects of all engines, by name."""

from __future__ import annotations

from bench.engines.base import BpfTimer, EngineObject
from bench.engines.bpf_scan import BpfScan
from bench.engines.bpf_sweep import BpfSweep
from bench.engines.bpf_wq import BpfWq
from bench.engines.lru import Lru
from bench.engines.perf_sampling import PerfEvent
from bench.engines.timerfd import Timerfd
from bench.engines.user_gc import UserGc
from bench.spec import Engine

OBJECTS: dict[Engine, EngineObject] = {
    each.engine: each
    for each in (
        BpfTimer(),
        BpfWq(),
        Timerfd(),
        UserGc(),
        BpfScan(),
        BpfSweep(),
        Lru(),
        PerfEvent(),
    )
}
