"""Quantities of the load: connections and packets, what came of them, how long they took."""

from __future__ import annotations

from bench.quantities.quantity import Better, Quantity, Unit, Value
from bench.record import Distribution, TrialRecord


def _connect(field: str) -> Value:
    def value(record: TrialRecord) -> float | None:
        found: Distribution | None = record.load.connect if record.load else None
        return getattr(found, field) if found else None

    return value


def _closed_loop_hz(record: TrialRecord) -> float | None:
    load = record.load
    return load.achieved_hz if load and load.offered_hz is None else None


def _load_share(record: TrialRecord) -> float | None:
    load = record.load
    return load.achieved_hz / load.offered_hz if load and load.offered_hz else None


def _packet_share(record: TrialRecord) -> float | None:
    met, offered = (record.measures.get(name) for name in ("packets", "packets_offered"))
    return met / offered if met is not None and offered else None


CONNECTIONS = Quantity(
    title="conn/s",
    meaning="TCP connections established per second, of those that were due in the window",
    unit=Unit.HZ,
    value=lambda record: record.load.achieved_hz if record.load else None,
    better=Better.HIGHER,
    definition=2,
)
CLOSED_LOOP = Quantity(
    title="closed-loop conn/s",
    meaning="TCP connections per second where each waits for the one before, so that timers can "
    "slow it",
    unit=Unit.HZ,
    value=_closed_loop_hz,
    better=Better.HIGHER,
)
LOAD_SHARE = Quantity(
    title="load achieved",
    meaning="connections due in the window and established by its end, over all that were due",
    unit=Unit.SHARE,
    value=_load_share,
    better=Better.HIGHER,
    goal="load",
    definition=2,
)
PACKET_SHARE = Quantity(
    title="packets met",
    meaning="packets that the program saw over packets offered",
    unit=Unit.SHARE,
    value=_packet_share,
    better=Better.HIGHER,
    goal="packets",
)
CONNECT_P50 = Quantity(
    title="p50 connect",
    meaning="time from the intended start of a connection to its establishment, the median; what "
    "was never attempted or answered counts as at least the window",
    unit=Unit.NS,
    value=_connect("p50_ns"),
    better=Better.LOWER,
    goal="connect.p50",
    definition=2,
)
CONNECT_P99 = Quantity(
    title="p99 connect",
    meaning="time from the intended start of a connection to its establishment; the slowest 1 % "
    "take longer",
    unit=Unit.NS,
    value=_connect("p99_ns"),
    better=Better.LOWER,
    goal="connect.p99",
    least=1_000,
    definition=2,
)
