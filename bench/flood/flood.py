"""A flood of synthetic packets, TCP SYN or UDP, out of the client's end of a veth pair."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from bench import abi
from bench.errors import BenchError, UsageError
from bench.flood import pace
from bench.flood.frame import TRANSPORTS, Template, template
from bench.flood.order import STEPS, ranges
from bench.host.affinity import pin
from bench.host.cpus import find_cpus
from bench.host.netns import enter, inside
from bench.host.veth import VethPair, link_counts
from bench.libbpf import compiler
from bench.libbpf.maps import BpfMap
from bench.libbpf.object import BpfObject
from bench.programs.flooding import MAX_FLOWS, FlowOrder
from bench.resources import Resource
from bench.threads import DriverThreads
from bench.units import NS_PER_S
from bench.words.plurals import counted

PROGRAM = "flood"
PORT = 9
"""Destination port of a flood: discard (RFC 863), which no load server listens on."""
LOOPBACK_IFINDEX = 1
"""``LOOPBACK_IFINDEX`` of include/net/flow.h, the same in every namespace."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FloodPlan:
    """What a flood is to send.

    Attributes:
        rate_hz: Packets per second; None = as fast as it goes.
        flows: Distinct flows.
        order: In which order they are taken.
        ipv6: IPv6 packets instead of IPv4.
        protocol: ``tcp`` or ``udp``.
        cpus: CPUs it runs on, with a part of the rate each; none = the highest one allowed.
    """

    rate_hz: int | None
    flows: int
    order: FlowOrder = FlowOrder.TURN
    ipv6: bool = False
    protocol: str = "tcp"
    cpus: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what cannot be meant.

        Raises:
            UsageError: A rate below 1, or a number of flows that cannot be distinguished.
        """
        if self.rate_hz is not None and self.rate_hz < 1:
            raise UsageError(f"a flood of {self.rate_hz} packets per second is no flood")
        if not 1 <= self.flows <= MAX_FLOWS:
            flows = counted(self.flows, "flow")
            raise UsageError(f"a flood cannot have {flows}, only 1 to {MAX_FLOWS}")


@dataclass(frozen=True, slots=True, kw_only=True)
class FloodProgress:
    """Counts since the start of a flood, or between two instants (:meth:`since`).

    Attributes:
        t_ns: CLOCK_MONOTONIC of the (later) instant.
        elapsed_ns: Time covered.
        offered: Packets that the schedule asked for; without a rate those tried.
        sent: Packets handed to the interface.
        skipped: Packets not sent because their flow was silenced.
        dropped: Of the sent, those that the other end's full ring refused.
    """

    t_ns: int
    elapsed_ns: int
    offered: int
    sent: int
    skipped: int
    dropped: int

    def since(self, earlier: FloodProgress) -> FloodProgress:
        """What happened after an earlier instant of the same flood."""
        return FloodProgress(
            t_ns=self.t_ns,
            elapsed_ns=self.t_ns - earlier.t_ns,
            offered=self.offered - earlier.offered,
            sent=self.sent - earlier.sent,
            skipped=self.skipped - earlier.skipped,
            dropped=self.dropped - earlier.dropped,
        )


def senders(plan: FloodPlan) -> tuple[int, ...]:
    """CPUs that a flood runs on if its rate gives each a packet."""
    return plan.cpus or find_cpus().usable[-1:]


def flow_zero(pair: VethPair, plan: FloodPlan) -> Template:
    """The packets of a flood across a pair: those of its flow 0."""
    server = pair.server
    return template(
        destination=server.ipv6 if plan.ipv6 else server.ipv4,
        port=PORT,
        source_mac=pair.client.mac,
        destination_mac=server.mac,
        transport=TRANSPORTS[plan.protocol],
    )


class Flood(Resource):
    """A loaded flood, running in threads of its own, one for each CPU, between start and stop.

    The program of the other end must be attached before the start: veth takes redirected
    frames only then. Use it as a context manager, once.

    Args:
        pair: Where it floods, from the client's to the server's end.
        plan: What it sends.
        silenced: An mmapable array, in a loaded object, of ``flows`` times since when a
            flow is silent (0 = it is not); None = all flows send.
    """

    def __init__(self, pair: VethPair, plan: FloodPlan, silenced: BpfMap | None = None) -> None:
        """Remember what to do."""
        self._pair = pair
        self._plan = plan
        self._silenced = silenced
        cpus = senders(plan)
        rates = pace.shares(plan.rate_hz, len(cpus))
        self._senders = tuple(zip(cpus, rates, strict=False))
        work = (partial(self._run, cpu, rate_hz) for cpu, rate_hz in self._senders)
        self._thread = DriverThreads("the packet flood", *work)
        self._started_ns = self._stopped_ns = 0

    def _open(self) -> None:
        """Compile and load."""
        made = flow_zero(self._pair, self._plan)
        self._frame = made.frame
        loaded = BpfObject(compiler.compiled("flood.bpf.c"))
        self._object = self._held.enter_context(loaded)
        self._configure()
        self._object.set_constants(
            {
                "flows": self._plan.flows,
                "steps": STEPS if self._draws else 0,
                "silencing": int(self._silenced is not None),
                "ifindex": self._pair.client.ifindex,
                "source_base": made.source_base,
                "ip_sum": made.ip_sum,
                "transport_sum": made.transport_sum,
                "check_offset": TRANSPORTS[self._plan.protocol].check_offset,
            }
        )
        self._object.load()
        self._keep_dispatched()
        if self._draws:
            table = self._object.map("draws").view(abi.FLOW_RANGE)
            table[:] = ranges(self._plan.order, self._plan.flows)
        self._slots: npt.NDArray[np.void] = self._object.map("flood_slots").view(abi.FLOOD_SLOT)
        self._held.callback(self._drop_views)
        self._held.enter_context(self._thread)

    @property
    def _draws(self) -> bool:
        return self._plan.order is not FlowOrder.TURN

    def _drop_views(self) -> None:
        del self._slots

    def _configure(self) -> None:
        self._object.map("flood_slots").configure(entries=find_cpus().slots)
        if self._draws:
            self._object.map("draws").configure(entries=STEPS)
        if self._silenced is not None:
            self._object.map("silenced").share(self._silenced)

    def _keep_dispatched(self) -> None:
        """Attach where nothing passes: to the loopback interface of the client's namespace.

        Without it every call would enter the program into the kernel's XDP dispatcher and
        take it out again, waiting for RCU both times: some 20 ms (kernel/bpf/dispatcher.c).
        """
        with inside(self._pair.client.namespace):
            self._object.attach_xdp(PROGRAM, LOOPBACK_IFINDEX, generic=True)

    @property
    def cpus(self) -> tuple[int, ...]:
        """CPUs it runs on."""
        return tuple(cpu for cpu, _ in self._senders)

    def start(self) -> None:
        """Begin to send; CPUs that take flows in turn begin far from each other."""
        for number, cpu in enumerate(self.cpus):
            self._slots["next"][cpu] += self._plan.flows * number // len(self.cpus)
        self._dropped_before = link_counts(self._pair.client).tx_dropped
        self._started_ns = time.monotonic_ns()
        self._thread.start()

    def _run(self, cpu: int, rate_hz: int | None) -> None:
        pin({cpu})
        enter(self._pair.client.namespace)
        while not self._thread.stopping.is_set():
            self._step(cpu, rate_hz)

    def _step(self, cpu: int, rate_hz: int | None) -> None:
        elapsed_ns = time.monotonic_ns() - self._started_ns
        step = pace.step(rate_hz, elapsed_ns, self._tried(cpu))
        if step.packets:
            self._object.run_frames(PROGRAM, self._frame, step.packets)
        else:
            time.sleep(step.wait_ns / NS_PER_S)

    def _tried(self, cpu: int) -> int:
        slot = self._slots[cpu]
        return int(slot["sent"]) + int(slot["skipped"]) + int(slot["malformed"])

    def progress(self) -> FloodProgress:
        """Counts since the start.

        Raises:
            BenchError: The flood failed, or was not started.
        """
        self._thread.check()
        if not self._thread.started:
            raise BenchError("the packet flood was not started")
        dropped = link_counts(self._pair.client).tx_dropped - self._dropped_before
        now = self._stopped_ns or time.monotonic_ns()
        malformed = int(self._slots["malformed"].sum())
        if malformed:
            frames = counted(malformed, "frame")
            raise BenchError(f"{frames} of the flood had no room for all headers")
        elapsed_ns = now - self._started_ns
        return FloodProgress(
            t_ns=now,
            elapsed_ns=elapsed_ns,
            offered=sum(
                self._tried(cpu) if rate_hz is None else pace.due(rate_hz, elapsed_ns)
                for cpu, rate_hz in self._senders
            ),
            sent=int(self._slots["sent"].sum()),
            skipped=int(self._slots["skipped"].sum()),
            dropped=dropped,
        )

    def stop(self) -> FloodProgress:
        """Send nothing more; the final counts.

        Raises:
            BenchError: The flood failed, hangs, or was not started.
        """
        self._thread.stop()
        self._stopped_ns = self._stopped_ns or time.monotonic_ns()
        return self.progress()
