"""ftrace as an independent witness of timers and softirqs, in a trace instance of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.host.mounts import find_mounts
from bench.units import NS_PER_S
from tests.kernel.conftest import require

LINE = re.compile(
    r"-(?P<thread>\d+) +\[(?P<cpu>\d+)\].*? (?P<seconds>\d+)\.(?P<micros>\d{6}): "
    r"(?P<event>\w+): (?P<text>.*)"
)
TRACE_CLOCK_NS = 1_000
"""Trace time stamps are printed in whole microseconds."""
BETWEEN_NS = 4_000
"""Between a trace event's time stamp and our clock read at the same place: writing the event
itself, entering the BPF program. Measured here as about 1 us; a virtual CPU is slower now and
then."""


@dataclass(frozen=True, slots=True)
class Event:
    """One line of a trace; time is CLOCK_MONOTONIC."""

    t_ns: int
    cpu: int
    thread: int
    name: str
    text: str

    def number(self, field: str) -> int:
        """A decimal field of the event."""
        found = re.search(rf"{field}=(\d+)", self.text)
        assert found is not None, self
        return int(found[1])

    def word(self, field: str) -> str:
        """Any field of the event."""
        found = re.search(rf"{field}=(\S+)", self.text)
        assert found is not None, self
        return found[1]


def hidden(event: Event) -> bool:
    """Whether it came over a thread of process 1, where some kernels run no tracing program."""
    return (Path("/proc/1/task") / str(event.thread)).exists()


def callback_address() -> str:
    """Address of the kernel function that calls every bpf_timer's callback."""
    for line in Path("/proc/kallsyms").read_text().splitlines():
        address, _, name = line.split()[:3]
        if name == "bpf_timer_cb":
            return f"0x{address}"
    raise AssertionError("no symbol bpf_timer_cb")


@contextmanager
def tracing(filters: Mapping[str, str]) -> Iterator[Path]:
    """A trace instance that records some events, ``group/name`` -> filter."""
    tracefs = find_mounts().tracefs
    require(None if tracefs else "tracefs is not mounted")
    assert tracefs is not None
    instance = tracefs / "instances" / "bench-oracle"
    instance.mkdir()
    try:
        (instance / "trace_clock").write_text("mono")
        (instance / "buffer_size_kb").write_text("8192")
        for event, condition in filters.items():
            (instance / "events" / event / "filter").write_text(condition)
            (instance / "events" / event / "enable").write_text("1")
        yield instance
    finally:
        for event in filters:
            (instance / "events" / event / "enable").write_text("0")
        instance.rmdir()


def events(instance: Path) -> list[Event]:
    """Everything that was traced, in order of time."""
    found = []
    for line in (instance / "trace").read_text().splitlines():
        seen = LINE.search(line)
        if seen:
            t_ns = int(seen["seconds"]) * NS_PER_S + int(seen["micros"]) * 1_000
            found.append(
                Event(t_ns, int(seen["cpu"]), int(seen["thread"]), seen["event"], seen["text"])
            )
    return found
