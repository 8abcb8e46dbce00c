"""What a record says twice, by different fields, has to be the same.

Each rule restates a definition of docs/data-format.md from other fields than those that hold it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from bench.contribute.distribution import Problem, of_distribution
from bench.record import LoadResult, Status, TrialRecord
from bench.units import NS_PER_S
from bench.words.plurals import counted

RELATIVE = 1e-6
"""By which rates may differ from what they follow from: they are rounded."""
APART = 1.001
"""Histogram and count are read one after the other, while callbacks go on."""
LOAD_APART = 1.25
"""By which the load's window may differ from the trial's: the generator reads its own clock."""
ENOUGH = 400
"""Connections whose number a Poisson process brings about to 25 %, with all but certainty."""
SLACK = 1.05
"""By which a CPU's time may exceed a window: they are read one after the other."""
HELD_UP_NS = NS_PER_S
"""Or longer, where the runner is held up between the two: half a second at either end, by which its
timers end themselves."""


def ledger(record: TrialRecord) -> Iterator[Problem]:
    """Timers started are those fired, cancelled, freed and pending."""
    book = record.ledger
    if book is None:
        return
    started = book.started + book.restarted
    ended = book.fired + book.cancelled + book.freed + book.pending
    if book.balanced != (started == ended):
        yield "ledger.balanced", f"says {book.balanced}; {started} were started, {ended} ended"
    if record.status is Status.OK and started != ended:
        yield "ledger", f"does not close, and the trial is ok: {started} started, {ended} ended"
    if book.seeded > book.started:
        yield "ledger.seeded", f"{book.seeded} of {book.started} that were started"


def callbacks(record: TrialRecord) -> Iterator[Problem]:
    """Callbacks, their rate and their window; those of each CPU are all of them."""
    seen = record.callbacks
    if seen is None:
        return
    if not record.window_ns:
        yield "window_ns", "0, but callbacks were counted in it"
        return
    rate = seen.fired * NS_PER_S / record.window_ns
    if abs(rate - seen.fired_hz) > RELATIVE * max(rate, 1):
        yield "callbacks.fired_hz", f"{seen.fired_hz}; {seen.fired} in the window are {rate}"
    if seen.by_cpu and sum(seen.by_cpu.values()) != seen.fired:
        yield "callbacks.by_cpu", f"{sum(seen.by_cpu.values())} in all, {seen.fired} fired"
    if seen.offered_hz and seen.served is not None:
        served = seen.fired_hz / seen.offered_hz
        if abs(served - seen.served) > RELATIVE * max(served, 1):
            yield "callbacks.served", f"{seen.served}; of {seen.offered_hz} offered it is {served}"
    if record.ledger and seen.fired > record.ledger.fired:
        yield "callbacks.fired", f"{seen.fired} in the window, {record.ledger.fired} in the trial"


def lateness(record: TrialRecord) -> Iterator[Problem]:
    """A distribution has the values of its histogram, in order, and no more than callbacks."""
    seen = record.lateness
    if seen is None:
        return
    if record.callbacks and seen.count > record.callbacks.fired * APART + 1:
        yield "lateness.count", f"{seen.count} of {record.callbacks.fired} that fired"
    yield from of_distribution(seen, "lateness", exact=False)


def load(record: TrialRecord) -> Iterator[Problem]:
    """Connections, their rates and their delays."""
    seen = record.load
    if seen is None:
        return
    if seen.connections > seen.connections_total:
        yield "load.connections", f"{seen.connections}, of {seen.connections_total} in the trial"
    if seen.connect is not None:
        yield from of_distribution(seen.connect, "load.connect", exact=True)
    if seen.intended is None or seen.offered_hz is None:
        in_time, window_ns = seen.connections, float(record.window_ns)
    else:
        in_time = seen.connections - (seen.backlog or 0)
        window_ns = seen.intended * NS_PER_S / seen.offered_hz if seen.offered_hz else 0.0
        yield from _open_loop(seen, record.cell.load_hz)
    if not window_ns:
        return
    if not 1 / LOAD_APART < window_ns / max(record.window_ns, 1) < LOAD_APART:
        yield "load.offered_hz", f"{seen.offered_hz}; {seen.intended} were due in the window"
    slack = LOAD_APART if seen.intended is None else 1 + RELATIVE
    rate = in_time * NS_PER_S / window_ns
    if not rate / slack - 1 <= seen.achieved_hz <= rate * slack + 1:
        yield "load.achieved_hz", f"{seen.achieved_hz}; {in_time} in time are {rate}"


def _open_loop(seen: LoadResult, asked_hz: float | None) -> Iterator[Problem]:
    assert seen.intended is not None and seen.offered_hz is not None
    if asked_hz and seen.intended >= ENOUGH:
        if not 1 / LOAD_APART < seen.offered_hz / asked_hz < LOAD_APART:
            yield "load.offered_hz", f"{seen.offered_hz}; the cell asks for {asked_hz}"
    late = seen.missed + (seen.unanswered or 0)
    if late > seen.intended:
        yield "load.missed", f"{late} missed or unanswered, of {seen.intended} that were due"
    if seen.connections - (seen.backlog or 0) > seen.intended:
        yield "load.connections", f"{seen.connections} in time, of {seen.intended} that were due"
    if seen.connect is not None and seen.connect.count != seen.intended:
        yield "load.connect.count", f"{seen.connect.count}, of {seen.intended} that were due"


def cpus(record: TrialRecord) -> Iterator[Problem]:
    """No CPU is idle, and no thread runs, for longer than there was time."""
    use = record.cpu_use
    if use is not None:
        most = use.window_ns * SLACK + use.step_ns
        if any(idle > most for idle in use.idle_ns):
            yield "cpu_use.idle_ns", f"{max(use.idle_ns)} ns in a window of {use.window_ns} ns"
        if any(steal > most for steal in use.steal_ns):
            yield "cpu_use.steal_ns", f"{max(use.steal_ns)} ns in a window of {use.window_ns} ns"
        if use.window_ns > record.window_ns * SLACK + use.step_ns + HELD_UP_NS:
            yield "cpu_use.window_ns", f"{use.window_ns}, of a window of {record.window_ns}"
        if len(use.idle_ns) != len(use.cpus):
            yield "cpu_use.idle_ns", f"{len(use.idle_ns)}, of {counted(len(use.cpus), 'CPU')}"
    thread = record.ksoftirqd
    if use is not None and thread is not None:
        if thread.cpu_ns > (record.window_ns * SLACK + HELD_UP_NS) * len(use.cpus):
            yield "ksoftirqd.cpu_ns", f"{thread.cpu_ns} ns on {counted(len(use.cpus), 'CPU')}"
        share = thread.cpu_ns / (record.observed_ns * len(use.cpus)) if record.observed_ns else None
        if share is not None and abs(share - thread.cpu_share) > RELATIVE:
            yield "ksoftirqd.cpu_share", f"{thread.cpu_share}; by its CPU time it is {share}"
    if record.noise is not None and not 0 <= record.noise.steal <= 1:
        yield "noise.steal", f"{record.noise.steal} is no share"


RULES: tuple[Callable[[TrialRecord], Iterator[Problem]], ...] = (
    ledger,
    callbacks,
    lateness,
    load,
    cpus,
)
