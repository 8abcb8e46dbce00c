"""Which ends of connections hold a timer, against what ftrace saw the sockets do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from bench.spec import Cell, Ends, Hook, Sweep
from bench.trial.rig import Rig
from bench.trial.trial import Trial
from bench.units import NS_PER_MS
from tests.kernel.ftrace import events, tracing

ESTABLISHED = "newstate == 1"
PASSIVE, ACTIVE = "TCP_SYN_RECV", "TCP_SYN_SENT"
"""State that a socket leaves when its connection is established: by listening, by connecting."""


@pytest.mark.parametrize("ends", Ends)
@pytest.mark.parametrize("hook", [Hook.TP_BTF, Hook.SOCKOPS])
def test_timers_against_sockets_that_ftrace_saw_established(
    hook: Hook, ends: Ends, make_cell: Callable[..., Cell], make_sweep: Callable[..., Sweep]
) -> None:
    cell = make_cell(
        program="tcp", hook=hook, ends=ends, map_size=16_384, timeout_ns=NS_PER_MS,
        load_hz=1_000, load_shape="constant", ip="both",
    )  # fmt: skip
    with Rig([cell]) as rig:
        ports = set(rig.load().ports)
        with tracing({"sock/inet_sock_set_state": ESTABLISHED}) as instance:
            aftermath = Trial(rig, cell, make_sweep(), 1, lambda sample: None).run().aftermath
            seen = Counter(
                event.word("oldstate")
                for event in events(instance)
                if ports & {event.number("sport"), event.number("dport")}
            )
    met = aftermath.counters
    failed = (met.init_failed, met.insert_failed, met.start_failed)
    timers = met.started + sum(sum(table.values()) for table in failed)
    assert aftermath.load is not None
    assert seen[PASSIVE] == aftermath.load.accepted and seen[PASSIVE] > 400
    assert timers == seen[PASSIVE] + (seen[ACTIVE] if ends is Ends.BOTH else 0)
