"""How long after they are due the load's connections come, before a trial begins.

A hook meets a connection after its intended time: the client wakes up, sends, and is answered. A
timer that it starts therefore expires so much after the intended time of a later one, while the
CPU is at work on that one. Seeded timers must expire there, too, or their interrupts would be those
of an idle CPU.
"""

from __future__ import annotations

import time

from bench.load.controller import Load, LoadPlan
from bench.programs.seeding import MEASURED_NS, SETTLING_NS
from bench.units import NS_PER_S

QUANTILES = 256


def connect_delays_ns(load: Load, plan: LoadPlan) -> tuple[int, ...]:
    """Equally likely delays from intended time to establishment; empty if none was made.

    Raises:
        BenchError: The load cannot be started or died.
    """
    load.start(plan)
    time.sleep(SETTLING_NS / NS_PER_S)
    load.snapshot()
    time.sleep(MEASURED_NS / NS_PER_S)
    # What was due after the snapshot, whenever it was answered.
    delays = load.stop().due[-1].connect
    found = (delays.quantile((n + 0.5) / QUANTILES) for n in range(QUANTILES))
    return tuple(delay for delay in found if delay is not None)
