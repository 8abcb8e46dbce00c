"""One demo from beginning to end: connections, lines, account."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from bench.demo.account import Account, Pair, Summary
from bench.demo.connections import Servers, servers
from bench.demo.lines import Event, parse_event
from bench.demo.program import DemoHook, DemoProgram, attached
from bench.demo.tracing import TracePipe, own_trace, tracefs
from bench.host.ksoftirqd import find_ksoftirqd
from bench.signals import deferred

GAP_S = 0.1
"""Between own connections: long enough to read along, and for the CPU to become idle."""
POLL_S = 0.02
DRAIN_S = 2.0
"""Time for the last lines to appear; timers of 100 ns are long over by then."""

Listener = Callable[[Event, Pair | None], None]


@dataclass(frozen=True, slots=True)
class Done:
    """A demo that has ended.

    Attributes:
        account: All pairs.
        summary: What they come to.
        missing: IP versions that this host lacks, with the reason.
        interrupted: Whether Ctrl-C ended it.
    """

    account: Account
    summary: Summary
    missing: dict[int, str]
    interrupted: bool


class Session:
    """An attached program and its trace."""

    def __init__(self, program: DemoProgram, pipe: TracePipe, listener: Listener) -> None:
        """Nothing seen yet."""
        self._program, self._pipe, self._listener = program, pipe, listener
        self.account = Account(find_ksoftirqd())
        self.connections = 0

    def watch(self, seconds: float | None) -> None:
        """Read lines for so long; None = until interrupted."""
        end = None if seconds is None else time.monotonic() + seconds
        while end is None or time.monotonic() < end:
            self._read()
            left = POLL_S if end is None else end - time.monotonic()
            time.sleep(max(0.0, min(POLL_S, left)))

    def make(self, own: Servers, connections: int) -> None:
        """Make connections and show what each does before the next one."""
        for number in range(connections):
            own.connect(number)
            self.connections += 1
            self.watch(GAP_S)

    def drain(self) -> None:
        """Meet no more, and read until every end has its second line, or time is up."""
        self._program.detach()
        end = time.monotonic() + DRAIN_S
        self._read()
        while not self._settled() and time.monotonic() < end:
            time.sleep(POLL_S)
            self._read()

    def _settled(self) -> bool:
        tally = self._program.tally()
        ends = self.account.ends.values()
        ended = sum(pair.fired is not None or pair.errno is not None for pair in ends)
        return ended + self.account.lost >= tally.met

    def _read(self) -> None:
        with deferred():  # Lines are consumed: Ctrl-C among them would lose the rest.
            for raw in self._pipe.lines():
                event = parse_event(raw)
                if event is not None:
                    self._listener(event, self.account.take(event))


def show(
    hook: DemoHook,
    *,
    connections: int | None,
    seconds: float | None,
    listener: Listener,
) -> Done:
    """Run the demo; Ctrl-C ends it early, with what was seen so far.

    Args:
        hook: Where to meet connections.
        connections: How many to make; None = wait for those of others.
        seconds: How long to wait for them; None = until Ctrl-C.
        listener: Called with each event as it appears.

    Raises:
        BenchError: No tracefs, the kernel refuses the hook, or loopback does not work.
    """
    root = tracefs()
    with servers() as own, own_trace(root) as pipe:
        ports = (0, 0) if connections is None else own.ports
        with attached(hook, root, ports) as program:
            session = Session(program, pipe, listener)
            interrupted = _run(session, own, connections, seconds)
            made = None if connections is None else session.connections
            summary = session.account.summary(made, program.tally())
            missing = own.missing if made is not None else {}
            return Done(session.account, summary, missing, interrupted)


def _run(session: Session, own: Servers, connections: int | None, seconds: float | None) -> bool:
    interrupted = False
    try:
        if connections is None:
            session.watch(seconds)
        else:
            session.make(own, connections)
    except KeyboardInterrupt:
        interrupted = True
    session.drain()
    return interrupted
