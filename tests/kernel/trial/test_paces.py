"""What trials of a run learn of this host."""

from __future__ import annotations

from collections.abc import Callable

from bench.spec import Cell, Engine
from bench.trial.rig import Rig


def test_how_long_an_entry_takes_is_learned_for_each_engine(make_cell: Callable[..., Cell]) -> None:
    with Rig([make_cell()]) as rig:
        timers, scan, again = (
            rig.environment(None, None, 0, engine).pace
            for engine in (Engine.BPF_TIMER, Engine.USER_GC, Engine.BPF_TIMER)
        )
    assert timers is again and timers is not scan
