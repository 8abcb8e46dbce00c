"""What a record says twice, by different fields, has to be the same.

Each rule restates a definition of docs/data-format.md from other fields than those that hold it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from bench.analysis.pooled import decoded
from bench.errors import BenchError
from bench.record import Status, TrialRecord
from bench.units import NS_PER_S
from bench.words.plurals import counted

Problem = tuple[str, str]
"""Field, and what is wrong with it."""
RELATIVE = 1e-6
"""By which rates may differ from what they follow from: they are rounded."""
APART = 1.001
"""Histogram and count are read one after the other, while callbacks go on."""
SLACK = 1.05
"""By which a CPU's time may exceed a window: they are read one after the other."""


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
    if record.ledger and seen.fired > record.ledger.fired:
        yield "callbacks.fired", f"{seen.fired} in the window, {record.ledger.fired} in the trial"


def lateness(record: TrialRecord) -> Iterator[Problem]:
    """A distribution has the values of its histogram, in order, and no more than callbacks."""
    seen = record.lateness
    if seen is None:
        return
    line = [seen.min_ns, seen.p50_ns, seen.p90_ns, seen.p99_ns, seen.p999_ns, seen.max_ns]
    known = [value for value in line if value is not None]
    if known != sorted(known):
        yield "lateness", f"percentiles that fall: {known}"
    if record.callbacks and seen.count > record.callbacks.fired * APART + 1:
        yield "lateness.count", f"{seen.count} of {record.callbacks.fired} that fired"
    if seen.hdr is None:
        return
    try:
        histogram = decoded(seen, "lateness")
    except BenchError as error:
        yield "lateness.hdr", str(error)
        return
    if histogram.count != seen.count:
        yield "lateness.count", f"{seen.count}; its histogram has {histogram.count}"
    if seen.p50_ns is not None and histogram.quantile(0.5) != seen.p50_ns:
        yield "lateness.p50_ns", f"{seen.p50_ns}; its histogram has {histogram.quantile(0.5)}"


def cpus(record: TrialRecord) -> Iterator[Problem]:
    """No CPU is idle, and no thread runs, for longer than there was time."""
    use = record.cpu_use
    if use is not None:
        most = use.window_ns * SLACK + use.step_ns
        if any(idle > most for idle in use.idle_ns):
            yield "cpu_use.idle_ns", f"{max(use.idle_ns)} ns in a window of {use.window_ns} ns"
        if len(use.idle_ns) != len(use.cpus):
            yield "cpu_use.idle_ns", f"{len(use.idle_ns)}, of {counted(len(use.cpus), 'CPU')}"
    thread = record.ksoftirqd
    if use is not None and thread is not None:
        if thread.cpu_ns > record.window_ns * len(use.cpus) * SLACK:
            yield "ksoftirqd.cpu_ns", f"{thread.cpu_ns} ns on {counted(len(use.cpus), 'CPU')}"


RULES: tuple[Callable[[TrialRecord], Iterator[Problem]], ...] = (ledger, callbacks, lateness, cpus)
