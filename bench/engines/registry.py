"""The objects of all engines, by name."""

from __future__ import annotations

from bench.engines.base import BpfTimer, EngineObject, Lru
from bench.engines.perf_sampling import PerfEvent
from bench.engines.timerfd import Timerfd
from bench.engines.user_gc import CollectorEngine
from bench.spec import Engine

OBJECTS: dict[Engine, EngineObject] = {
    each.engine: each for each in (BpfTimer(), Timerfd(), CollectorEngine(), Lru(), PerfEvent())
}
