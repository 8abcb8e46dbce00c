"""Steers one load server and one load client; they live as long as a run."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from bench.errors import UsageError
from bench.host.cpus import find_cpus
from bench.load.addresses import LOOPBACK_HOSTS
from bench.load.cpus import choose_cpus, read_cores
from bench.load.messages import (
    Counters,
    Drain,
    Drained,
    Endpoint,
    Listen,
    Listening,
    Progress,
    Report,
    Snapshot,
    Start,
    Started,
    Stop,
)
from bench.load.peer import Peer
from bench.load.plan import LoadPlan, to_result
from bench.load.remote import LoadHost
from bench.load.snapshot import LoadProgress, LoadSnapshot, progress_of, snapshot_of
from bench.resources import Resource
from bench.spec import AddressFamily
from bench.units import NS_PER_S

__all__ = ["Load", "LoadHost", "LoadPlan", "LoadProgress", "LoadSnapshot", "to_result"]

SETTLE_NS = 2 * NS_PER_S
"""How long a stop waits for connections on their way, on each side."""


class Load(Resource):
    """Server and client processes, started on entry and ended on exit.

    Args:
        ports: Exact server ports; empty = ``count`` free ones outside the ephemeral range.
        count: Number of ports to choose.
        hosts: Server addresses; those this machine lacks are left out.
        allow: Addresses beside loopback that may be used.
        server_netns: File of the network namespace the server runs in; None = this one.
        client_netns: The same for the client.
        client_on: Another host that the client runs on; ``hosts`` and ``allow`` are then its
            ``addresses``.

    Use it from one thread; when that thread ends, the kernel kills the processes.
    """

    def __init__(
        self,
        *,
        ports: Sequence[int] = (),
        count: int = 8,
        hosts: Sequence[str] = LOOPBACK_HOSTS,
        allow: Sequence[str] = (),
        server_netns: Path | None = None,
        client_netns: Path | None = None,
        client_on: LoadHost | None = None,
    ) -> None:
        """Choose CPUs; no process yet."""
        if client_on:
            hosts = allow = client_on.addresses
        self._client_on = client_on
        self._listen = Listen(hosts=tuple(hosts), ports=tuple(ports), count=count)
        self._allow = tuple(allow)
        self._netns = {"server": server_netns, "client": client_netns}
        allowed = find_cpus().usable
        self.cpus: dict[str, list[int]] = choose_cpus(allowed, read_cores(allowed)).as_dict()
        self._endpoints: tuple[Endpoint, ...] = ()
        self._unavailable: Mapping[str, str] = {}

    def _open(self) -> None:
        """Start both processes and listen."""
        self._server = self._held.enter_context(self._peer("server"))
        self._client = self._held.enter_context(self._peer("client"))
        for peer in (self._server, self._client):
            self.cpus[peer.role] = list(peer.ready().cpus)
        listening = self._server.ask(self._listen, Listening)
        self._endpoints, self._unavailable = listening.endpoints, listening.unavailable

    def _peer(self, role: Literal["server", "client"]) -> Peer:
        on = self._client_on if role == "client" else None
        netns = self._netns[role]
        return Peer(role, cpus=self.cpus[role], allow=self._allow, netns=netns, on=on)

    @property
    def client_host(self) -> str | None:
        """Name of the host that the client runs on; None = this one."""
        return self._client_on.name if self._client_on else None

    @property
    def ports(self) -> tuple[int, ...]:
        """Server ports of all families, ascending."""
        return tuple(sorted({port for _, port in self._endpoints}))

    @property
    def endpoints(self) -> tuple[Endpoint, ...]:
        """Addresses and ports the server listens on."""
        return self._endpoints

    @property
    def pids(self) -> tuple[int, ...]:
        """Process ids of server and client."""
        return self._server.pid, self._client.pid

    def start(self, plan: LoadPlan, begin_ns: int | None = None) -> None:
        """Begin to connect.

        Args:
            plan: What to do.
            begin_ns: When its schedule is to begin, CLOCK_MONOTONIC; None = now. A client on
                another host, whose clock is another, is told when that time has come.

        Raises:
            UsageError: The plan needs an IP version this machine lacks.
            BenchError: A load is running already, too many connections would be open at
                once, or a process died.
        """
        if begin_ns is not None and self._client_on:
            time.sleep(max(begin_ns - time.monotonic_ns(), 0) / NS_PER_S)
            begin_ns = None
        self._client.ask(
            Start(
                targets=self._targets(plan.ip),
                rate_hz=plan.rate_hz,
                shape=plan.shape,
                seed=plan.seed,
                hold_ns=plan.hold_ns,
                payload_bytes=plan.payload_bytes,
                concurrency=plan.concurrency,
                begin_ns=begin_ns,
            ),
            Started,
        )

    def require(self, ip: AddressFamily) -> None:
        """Check that connections of these IP versions can be made.

        Raises:
            UsageError: This machine lacks one; names it.
        """
        self._targets(ip)

    def _targets(self, ip: AddressFamily) -> tuple[Endpoint, ...]:
        four = [each for each in self._endpoints if ":" not in each[0]]
        six = [each for each in self._endpoints if ":" in each[0]]
        wanted = {
            AddressFamily.IPV4: [four],
            AddressFamily.IPV6: [six],
            AddressFamily.BOTH: [four, six],
        }[ip]
        if not all(wanted):
            lacking = ", ".join(f"{host}: {why}" for host, why in self._unavailable.items())
            raise UsageError(
                f"the load server has no address for {ip} ({lacking or 'none was asked for'})",
                remedy="Choose the other IP version, or enable it on the loopback interface",
            )
        return tuple(each for group in zip(*wanted, strict=False) for each in group)

    def snapshot(self) -> LoadSnapshot:
        """Counts and delays since the start.

        Raises:
            BenchError: No load is running, or the client died or hangs.
        """
        return snapshot_of(self._client.ask(Snapshot(), Report))

    def progress(self) -> LoadProgress:
        """Counts since the start, without delays.

        Raises:
            BenchError: No load is running, or the client died or hangs.
        """
        return progress_of(self._client.ask(Progress(), Counters))

    def stop(self) -> LoadSnapshot:
        """Connect no more, settle and close everything on both sides; the final counts.

        Raises:
            BenchError: No load is running, or a process died or hangs.
        """
        extra_s = SETTLE_NS / NS_PER_S
        report = self._client.ask(Stop(timeout_ns=SETTLE_NS), Report, extra_s)
        drain = Drain(expected=report.counters.connected, timeout_ns=SETTLE_NS)
        drained = self._server.ask(drain, Drained, extra_s)
        return snapshot_of(report, accepted=drained.accepted)
