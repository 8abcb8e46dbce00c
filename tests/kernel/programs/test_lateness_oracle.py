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

from bench.histogram import Histogram
from bench.record import TrialRecord
from bench.spec import Cell
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
            (folder / "filter").write_text("function == bpf_timer_cb")
            (folder / "enable").write_text("1")
        yield instance
    finally:
        for event in EVENTS:
            (instance / "events" / "timer" / event / "enable").write_text("0")
        instance.rmdir()


def traced_lateness(trace: str) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Time of expire_entry minus the expiry of the start before it, timer by timer, ns."""
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
            found.append(now_ns - expiry.pop(match["timer"]))
    return np.array(found, dtype=np.int64)


def close(ours: int, theirs: float) -> bool:
    low = theirs * (1 - HISTOGRAM_ERROR) - TRACE_CLOCK_NS
    high = theirs * (1 + HISTOGRAM_ERROR) + TRACE_CLOCK_NS + BETWEEN_NS
    return low <= ours <= high


def test_median_and_p99_agree_with_ftrace(
    make_cell: Callable[..., Cell], measure: Callable[..., TrialRecord]
) -> None:
    # 2,000 callbacks/s, so far apart that most are alone in their softirq.
    cell = make_cell(map_size=200, timeout_ns=100 * NS_PER_MS)
    with tracing() as instance:
        record = measure(cell, duration=2 * NS_PER_S)
        theirs = traced_lateness((instance / "trace").read_text())
    assert record.lateness is not None and record.callbacks is not None
    assert record.lateness.hdr is not None
    # The trace covers the whole trial, the record its window.
    assert theirs.size >= record.callbacks.fired
    ours = Histogram.decode(record.lateness.hdr)
    for q in (0.5, 0.9, 0.99):
        mine, reference = ours.quantile(q), float(np.quantile(theirs, q))
        assert mine is not None and close(mine, reference), (q, mine, reference)
