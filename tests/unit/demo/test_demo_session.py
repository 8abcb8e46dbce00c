"""A demo as it runs: what ends it loses no line."""

from __future__ import annotations

import signal
from typing import cast

import pytest

from bench.demo.account import Pair
from bench.demo.lines import Event
from bench.demo.program import DemoProgram
from bench.demo.session import Session
from bench.demo.tracing import TracePipe

LINES = [
    "python-16 [001] .N.11 22.071132: bpf_trace_printk: "
    "new connection 1: IPv4 server, port 49603 from 60842",
    "python-16 [001] .Ns1. 22.072318: bpf_trace_printk: timer_cb 1: late 246 ns over pid 16 python",
]


class Pipe:
    """A pipe that gives all its lines at once, as two lines of one instant are read."""

    def __init__(self) -> None:
        self._left = LINES

    def lines(self) -> list[str]:
        now, self._left = self._left, []
        return now


def test_ctrl_c_among_lines_that_were_read_loses_none() -> None:
    shown: list[Event] = []

    def interrupted(event: Event, pair: Pair | None) -> None:
        if not shown:
            signal.raise_signal(signal.SIGINT)
        shown.append(event)

    session = Session(cast(DemoProgram, None), cast(TracePipe, Pipe()), interrupted)
    with pytest.raises(KeyboardInterrupt):
        session.watch(None)
    assert len(shown) == 2
    assert [pair.complete for pair in session.account.ends.values()] == [True]
