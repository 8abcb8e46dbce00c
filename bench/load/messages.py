"""The protocol of load generators: one JSON object a line, commands in, events out.

One definition per message gives encoding, decoding and checks; ``cmd`` or ``event`` names
the message. Integers are counts or nanoseconds; times are CLOCK_MONOTONIC of the sender.
"""

from __future__ import annotations

from dataclasses import field
from typing import Annotated, Any, Literal, TypeVar

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from bench.errors import BenchError
from bench.spec import LoadShape

CHECKED = ConfigDict(extra="forbid", strict=True, defer_build=True)

Whole = Annotated[int, Field(ge=0, lt=2**63)]
Port = Annotated[int, Field(ge=1, le=65_535)]
Endpoint = tuple[str, Port]
"""A numeric address and a TCP port."""
ByErrno = dict[str, Whole]


class ProtocolError(BenchError):
    """A line is not a message of the protocol."""


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class Listen:
    """Server: open listening sockets, the same ports on every host address.

    Attributes:
        ports: Exact ports; empty = choose ``count`` free ones outside the ephemeral range.
    """

    cmd: Literal["listen"] = "listen"
    hosts: Annotated[tuple[str, ...], Field(min_length=1)]
    ports: tuple[Port, ...] = ()
    count: Annotated[int, Field(ge=1, le=1024)] = 8


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class Drain:
    """Server: wait until ``expected`` connections were accepted and all are closed.

    Attributes:
        timeout_ns: After it the server closes what is open and answers anyway.
    """

    cmd: Literal["drain"] = "drain"
    expected: Whole
    timeout_ns: Whole = 2_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class Start:
    """Client: begin to connect; the first intended time lies one gap after the start.

    Attributes:
        targets: Used in rotation.
        rate_hz: Offered connections per second; None = closed loop.
        hold_ns: How long a connection stays open after it is established.
        payload_bytes: Sent by the client and echoed by the server.
        sources: IPv4 loopback source addresses in rotation; 0 leaves the choice to the kernel.
        concurrency: Closed loop only: connections being opened or exchanging at once.
        begin_ns: The start of the schedule, CLOCK_MONOTONIC of the client's host; None, or what is
            in the past, is now.
    """

    cmd: Literal["start"] = "start"
    targets: Annotated[tuple[Endpoint, ...], Field(min_length=1)]
    rate_hz: Annotated[int, Field(ge=1, le=10_000_000)] | None
    shape: LoadShape
    seed: Whole
    hold_ns: Whole = 0
    payload_bytes: Annotated[int, Field(ge=0, le=1 << 20)] = 0
    sources: Annotated[int, Field(ge=0, le=65_024)] = 4093
    concurrency: Annotated[int, Field(ge=1, le=4096)] = 64
    begin_ns: Whole | None = None


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class Progress:
    """Client: report the counters only."""

    cmd: Literal["progress"] = "progress"


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class Snapshot:
    """Client: report; what is due from now on is counted apart from what was due before."""

    cmd: Literal["snapshot"] = "snapshot"


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class Stop:
    """Client: attempt nothing more, settle what is in flight, close all, report.

    Attributes:
        timeout_ns: After it unfinished connections are counted as ETIMEDOUT.
    """

    cmd: Literal["stop"] = "stop"
    timeout_ns: Whole = 2_000_000_000


Command = Listen | Drain | Start | Progress | Snapshot | Stop


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class Ready:
    """First event of a generator: it accepts commands.

    Attributes:
        descriptors: Files it may have open at once (RLIMIT_NOFILE as raised).
        code: Identity of its code, a hash of the sources.
    """

    event: Literal["ready"] = "ready"
    role: Literal["server", "client"]
    pid: Whole
    cpus: tuple[Whole, ...]
    descriptors: Whole
    code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class Listening:
    """Answer to Listen.

    Attributes:
        unavailable: Host addresses that this machine does not have, with the errno name.
    """

    event: Literal["listening"] = "listening"
    endpoints: tuple[Endpoint, ...]
    unavailable: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class Drained:
    """Answer to Drain: counts since the previous Drain.

    Attributes:
        closed: Closed after the client's end of stream.
        aborted: Closed by the server because the time was up.
        errors: Broken connections and failed accepts, by errno name.
    """

    event: Literal["drained"] = "drained"
    accepted: Whole
    closed: Whole
    aborted: Whole
    echoed_bytes: Whole
    errors: ByErrno = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class Started:
    """Answer to Start: the instant from which intended times count."""

    event: Literal["started"] = "started"
    t_ns: Whole


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class Counters:
    """What the client counted since its start; answer to Progress.

    Attributes:
        t_ns: Instant of these values.
        intended: Connections due by then; in closed loop the same as ``attempted``.
        attempted: ``attempted == connected + sum(errors) + connecting``.
        connecting: Attempts without an outcome yet.
        open: Connections established and not closed yet.
        errors: Attempts that failed, by errno name.
        broken: Established connections whose payload did not come back, by errno name.
    """

    event: Literal["counters"] = "counters"
    t_ns: Whole
    intended: Whole
    attempted: Whole
    connecting: Whole
    connected: Whole
    open: Whole
    closed: Whole
    errors: ByErrno
    broken: ByErrno


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class Delays:
    """Delay from intended time to establishment, ns, in the layout of ``bench.histogram``.

    Attributes:
        counts: Pairs of counter index and count, without empty counters.
    """

    counts: tuple[tuple[Whole, Whole], ...]
    total_ns: int
    min_ns: int | None
    max_ns: int | None
    negative: Whole = 0
    overflow: Whole = 0


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class DueReport:
    """What became so far of the connections that were due between two snapshots.

    Attributes:
        intended: Connections that were due; in closed loop the same as ``attempted``.
        attempted: Of these: tried, however late.
        connected: Of these: established, however late, after ``delays``.
    """

    intended: Whole
    attempted: Whole
    connected: Whole
    delays: Delays


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class Report:
    """Answer to Snapshot and to Stop.

    Attributes:
        serial: Reports since the start, from 1.
        started_ns: Instant of the start.
        final: True when it answers Stop: nothing is connecting or open any more.
        due: One for each report: what was due since the report before it.
    """

    event: Literal["report"] = "report"
    serial: Whole
    started_ns: Whole
    final: bool
    counters: Counters
    due: tuple[DueReport, ...]


@dataclass(frozen=True, slots=True, kw_only=True, config=CHECKED)
class ErrorEvent:
    """A command was refused or could not be understood; the generator lives on."""

    event: Literal["error"] = "error"
    message: str
    remedy: str = ""


Event = Ready | Listening | Drained | Started | Counters | Report | ErrorEvent

Message = TypeVar("Message")
DEFERRED = ConfigDict(defer_build=True)
_COMMANDS: TypeAdapter[Command] = TypeAdapter(
    Annotated[Command, Field(discriminator="cmd")], config=DEFERRED
)
_EVENTS: TypeAdapter[Event] = TypeAdapter(
    Annotated[Event, Field(discriminator="event")], config=DEFERRED
)


def encode(message: Command | Event) -> bytes:
    """One line of JSON, with its line feed."""
    adapter: TypeAdapter[Any] = _COMMANDS if hasattr(message, "cmd") else _EVENTS
    return adapter.dump_json(message) + b"\n"


def decode_command(line: bytes) -> Command:
    """The command on a line.

    Raises:
        ProtocolError: Not JSON, unknown command, or a field missing, unknown or out of range.
    """
    return _decode(_COMMANDS, line, "command")


def decode_event(line: bytes) -> Event:
    """The event on a line.

    Raises:
        ProtocolError: Not JSON, unknown event, or a field missing, unknown or out of range.
    """
    return _decode(_EVENTS, line, "event")


def _decode(adapter: TypeAdapter[Message], line: bytes, kind: str) -> Message:
    try:
        return adapter.validate_json(line)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "line"
        shown = line[:120].decode("utf-8", "backslashreplace").strip()
        raise ProtocolError(f"not a valid {kind}: {where}: {first['msg']}: {shown}") from None
