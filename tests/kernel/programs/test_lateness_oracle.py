"""Lateness against ftrace, which measures the same timers by other means.

The kernel writes ``timer:hrtimer_start`` when the callback re-arms (with the expiry it
programmed) and ``timer:hrtimer_expire_entry`` just before it calls ``bpf_timer_cb``; the
trace clock is CLOCK_MONOTONIC. Expiry and time of expiry therefore come from the kernel's
tracepoints, ours from ``_softexpires`` and the callback's own clock read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from bench.spec import Cell, Sweep
from bench.sweep.rig import Rig
from bench.sweep.trial import Trial
from bench.units import NS_PER_MS, NS_PER_S

TRACING = Path("/sys/kernel/tracing")
EVENTS = ("hrtimer_start", "hrtimer_expire_entry")
LINE = re.compile(
    r"\s(?P<seconds>\d+)\.(?P<micros>\d{6}): (?P<event>hrtimer_\w+): hrtimer=(?P<timer>\S+) "
)
EXPIRES = re.compile(r"softexpires=(\d+)")

TRACE_CLOCK_NS = 1_000
"""Trace time stamps are printed in whole microseconds."""
BETWEEN_NS = 4_000
"""From the trace event's time stamp to our clock read: writing the event itself, entering
the BPF program. Measured here as about 1 us; a virtual CPU is slower now and then."""
HISTOGRAM_ERROR = 0.01


def callback_address() -> str:
    for line in Path("/proc/kallsyms").read_text().splitlines():
        address, _, name = line.split()[:3]
        if name == "bpf_timer_cb":
            return f"0x{address}"
    raise AssertionError("no symbol bpf_timer_cb")


@contextmanager
def tracing() -> Iterator[Path]:
    """A trace instance of our own that records the events of bpf_timer_cb only."""
    instance = TRACING / "instances" / "bench-oracle"
    instance.mkdir()
    try:
        (instance / "trace_clock").write_text("mono")
        (instance / "buffer_size_kb").write_text("8192")
        for event in EVENTS:
            folder = instance / "events" / "timer" / event
            (folder / "filter").write_text(f"function == {callback_address()}")
            (folder / "enable").write_text("1")
        yield instance
    finally:
        for event in EVENTS:
            (instance / "events" / "timer" / event / "enable").write_text("0")
        instance.rmdir()


def traced_lateness(
    trace: str, since_ns: int, until_ns: int
) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Time of expire_entry minus the expiry of the start before it, within a window, ns."""
    expiry: dict[str, int] = {}
    found = []
    for line in trace.splitlines():
        match = LINE.search(line)
        if not match:
            continue
        now_ns = int(match["seconds"]) * NS_PER_S + int(match["micros"]) * 1_000
        if match["event"] == "hrtimer_start":
            programmed = EXPIRES.search(line)
            assert programmed is not None, line
            expiry[match["timer"]] = int(programmed[1])
        elif match["timer"] in expiry:
            late = now_ns - expiry.pop(match["timer"])
            if since_ns <= now_ns < until_ns:
                found.append(late)
    return np.array(found, dtype=np.int64)


def close(ours: int, theirs: float) -> bool:
    low = theirs * (1 - HISTOGRAM_ERROR) - TRACE_CLOCK_NS
    high = theirs * (1 + HISTOGRAM_ERROR) + TRACE_CLOCK_NS + BETWEEN_NS
    return low <= ours <= high


def test_median_and_p99_agree_with_ftrace(
    make_cell: Callable[..., Cell], make_sweep: Callable[..., Sweep]
) -> None:
    # 2,000 callbacks/s, so far apart that most are alone in their softirq.
    cell = make_cell(map_size=200, timeout_ns=100 * NS_PER_MS)
    sweep = make_sweep(duration=2 * NS_PER_S)
    with Rig([cell]) as rig, tracing() as instance:
        window = Trial(rig, cell, sweep, 1, lambda sample: None).run().window
        trace = (instance / "trace").read_text()
    opening, closing = window.opening.counters, window.closing.counters
    theirs = traced_lateness(trace, opening.t_ns, closing.t_ns)
    ours = closing.lateness_since(opening)
    # Callbacks at the very ends of the window may fall on either side.
    assert abs(theirs.size - ours.count) <= 4
    for q in (0.5, 0.9, 0.99):
        mine, reference = ours.quantile(q), float(np.quantile(theirs, q))
        assert mine is not None and close(mine, reference), (q, mine, reference)
