"""What a load is to do, and the record of what it did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bench.errors import UsageError
from bench.load.due import Due, together
from bench.load.snapshot import LoadSnapshot
from bench.record import LoadResult
from bench.spec import AddressFamily, Cell, LoadShape
from bench.units import NS_PER_S


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadPlan:
    """One load, as a trial asks for it.

    Attributes:
        rate_hz: Offered connections per second; None = closed loop, as fast as it goes.
        shape: Arrival process; CLOSED if and only if ``rate_hz`` is None.
        ip: IP versions; BOTH alternates connection by connection.
        hold_ns: How long a connection stays open after it is established.
        payload_bytes: Bytes sent by the client and echoed by the server.
        seed: Seed of the arrival process and of the payload's bytes.
        concurrency: Closed loop: connections being opened or exchanging at once.
    """

    rate_hz: int | None
    shape: LoadShape = LoadShape.CONSTANT
    ip: AddressFamily = AddressFamily.IPV4
    hold_ns: int = 0
    payload_bytes: int = 0
    seed: int = 0
    concurrency: int = 64

    def __post_init__(self) -> None:
        """Refuse what cannot be meant.

        Raises:
            UsageError: A rate below 1, or shape and rate contradict each other.
        """
        if self.rate_hz is not None and self.rate_hz < 1:
            raise UsageError(f"a load of {self.rate_hz} connections per second is no load")
        if (self.rate_hz is None) != (self.shape is LoadShape.CLOSED):
            offered = "max" if self.rate_hz is None else str(self.rate_hz)
            raise UsageError(
                f"load {offered} does not go with the shape {self.shape}",
                remedy="The shape 'closed' belongs to the load 'max', and only to it",
            )

    @classmethod
    def of(cls, cell: Cell, seed: int) -> LoadPlan:
        """The plan of a cell with load (``cell.has_load``); a closed loop needs no shape.

        Raises:
            UsageError: The cell has no load, or its shape contradicts its rate.
        """
        closed = cell.load_hz is None
        return cls(
            rate_hz=cell.load_hz,
            shape=LoadShape.CLOSED if closed else cell.load_shape or LoadShape.CONSTANT,
            ip=cell.ip or AddressFamily.BOTH,
            hold_ns=cell.hold_ns,
            payload_bytes=cell.payload_bytes,
            seed=seed,
        )


def to_result(
    plan: LoadPlan,
    window: LoadSnapshot,
    settled: Due,
    total: LoadSnapshot,
    *,
    cpus: Mapping[str, list[int]],
    host: str | None = None,
) -> LoadResult:
    """The record of a load.

    Args:
        plan: What was asked for.
        window: Difference of the snapshots at the window's ends.
        settled: What became in the end of the connections that were due in the window.
        total: The final snapshot of the whole trial.
        cpus: Role -> CPUs it ran on.
        host: Where the client ran; None = this host.

    The offered rate is that of the schedule within the window, so that the random count of
    a Poisson process is not taken for a shortfall. In an open loop the achieved rate is of the
    connections that were due in the window: what an earlier backlog added is no speed.
    """
    seconds = window.elapsed_ns / NS_PER_S
    errors = dict(window.errors)
    for name, count in window.broken.items():
        errors[name] = errors.get(name, 0) + count
    in_time = together(window.due).connected
    achieved = window.connected if plan.rate_hz is None else in_time
    return LoadResult(
        offered_hz=None if plan.rate_hz is None else window.intended / seconds,
        achieved_hz=achieved / seconds,
        intended=None if plan.rate_hz is None else window.intended,
        connections=window.connected,
        connections_total=total.connected,
        backlog=max(window.connected - in_time, 0),
        errors=errors,
        connect=settled.delays(window.elapsed_ns).summary(),
        missed=settled.missed,
        unanswered=settled.unanswered,
        cpus={role: list(numbers) for role, numbers in cpus.items()},
        host=host,
    )
