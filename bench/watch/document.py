"""What ``bench watch --json`` gives: its definition, from which the schema is made."""

from __future__ import annotations

from typing import Any

from pydantic import ConfigDict, TypeAdapter
from pydantic.dataclasses import dataclass

from bench.record import Distribution

FORMAT = 1
CLOSED = ConfigDict(extra="forbid")


@dataclass(frozen=True, slots=True, kw_only=True, config=CLOSED)
class Venues:
    """Where callbacks ran, of those that were recorded."""

    idle: int
    task: int
    ksoftirqd: int


@dataclass(frozen=True, slots=True, kw_only=True, config=CLOSED)
class Requests:
    """What programs asked of their timers.

    Attributes:
        hz: Calls of ``bpf_timer_start`` per second, those that failed among them.
        ahead: Time from the call to the expiry that was asked for; 0 if it was due already.
        queued: Time from the call until the timer was in a queue, of those that were seen to be:
            neither calls that failed, nor some that others interrupted.
    """

    hz: float
    ahead: Distribution
    queued: Distribution


@dataclass(frozen=True, slots=True, kw_only=True, config=CLOSED)
class Figures:
    """What was counted of some timers.

    Attributes:
        fired: Callbacks.
        fired_hz: The same per second.
        lateness: When the kernel is about to call the callback, less the programmed expiry.
        venue: Over what the callbacks ran.
        batch: Callbacks per softirq run in which there was one of these timers; of a map with
            several callbacks, the mean of theirs. None without callbacks.
        unread_clock: Recorded callbacks without lateness, as no helper reads their clock.
        started_hz: Starts per second of timers that were in no queue; None if not watched.
        pushed_back_hz: Starts per second of timers that were in one; None if not watched.
        cancelled_hz: Timers per second that left their queue otherwise; None if not watched.
        elsewhere_share: Of the starts and push-backs, those that put the timer into another CPU's
            queue than that of the CPU that asked; None if not watched, or there was none.
        run: Run time of the callbacks; None if not watched.
        run_cpu_share: CPU time that they took, as a share of one CPU; None if not watched.
        requests: When the timers were asked for; None if not watched, or the kernel refuses it.
    """

    fired: int
    fired_hz: float
    lateness: Distribution
    venue: Venues
    batch: float | None
    unread_clock: int
    started_hz: float | None
    pushed_back_hz: float | None
    cancelled_hz: float | None
    elsewhere_share: float | None
    run: Distribution | None
    run_cpu_share: float | None
    requests: Requests | None


@dataclass(frozen=True, slots=True, kw_only=True, config=CLOSED)
class CallbackFigures(Figures):
    """Timers of one map with one callback.

    Attributes:
        program: Id of the program that the callback is of.
        program_name: Its name; None if it is gone or may not be looked at.
        callback: Name of the function; None where the kernel hides addresses.
        loaded_s: Age of the program when this was made, seconds.
    """

    program: int
    program_name: str | None
    callback: str | None
    loaded_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True, config=CLOSED)
class HeldBy:
    """What holds a map: a process, or a pin, whose ``pid`` is None."""

    pid: int | None
    name: str


@dataclass(frozen=True, slots=True, kw_only=True, config=CLOSED)
class MapFigures(Figures):
    """All timers of a map.

    Attributes:
        id: The kernel's number of it.
        name: Its first 15 characters; None if it was gone before it could be looked at.
        type: As ``hash``; None likewise.
        max_entries: Its capacity; None likewise.
        present: Whether it still exists.
        held_by: What holds it.
        armed: Timers armed at the end; None unless they are counted.
        callbacks: The same figures by program and callback.
    """

    id: int
    name: str | None
    type: str | None
    max_entries: int | None
    present: bool
    held_by: list[HeldBy]
    armed: int | None
    callbacks: list[CallbackFigures]


@dataclass(frozen=True, slots=True, kw_only=True, config=CLOSED)
class Own:
    """What watching cost, measured here.

    Attributes:
        events: Events that the hooks met.
        timed: Those that were timed, one in 64 on average.
        event_ns: Mean time that one took; None if none was timed. The call of the hook by the
            kernel is not in it, one reading of the clock too many is.
        cpu_share: ``events`` times ``event_ns``, as a share of one CPU; None likewise.
        memory_bytes: Of all counters.
    """

    events: int
    timed: int
    event_ns: float | None
    cpu_share: float | None
    memory_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True, config=CLOSED)
class WatchDocument:
    """One answer of ``bench watch``.

    Attributes:
        format: 1.
        kernel: Its release.
        begun: UTC.
        duration_ns: Time that the figures are of.
        hooks: Programs that were attached, by name.
        sample: The lateness of one callback in so many was recorded.
        batch: Callbacks of all bpf_timers per HRTIMER softirq of this host; None if there was
            none. The softirqs of others count, so that it is a lower bound.
        maps: Maps with timers, the busiest first.
        other: Timers for which no counters were left; None if there were none.
        own: What watching cost.
        unknown: Why a field is None, by its name.
    """

    format: int
    kernel: str
    begun: str
    duration_ns: int
    hooks: list[str]
    sample: int
    batch: float | None
    maps: list[MapFigures]
    other: Figures | None
    own: Own
    unknown: dict[str, str]


_ADAPTER = TypeAdapter(WatchDocument)


def schema() -> dict[str, Any]:
    """JSON Schema of the document."""
    return _ADAPTER.json_schema()


def plain(document: WatchDocument) -> dict[str, Any]:
    """The document as JSON has it."""
    found: dict[str, Any] = _ADAPTER.dump_python(document, mode="json")
    return found


def parse(text: bytes) -> WatchDocument:
    """The document from JSON.

    Raises:
        pydantic.ValidationError: It is none.
    """
    return _ADAPTER.validate_json(text)
