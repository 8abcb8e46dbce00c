"""A proxy's flows in tc, against what the interface, the flood and the kernel's queues have."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from bench.drivers.session import BpfSession
from bench.libbpf import object as bpf_object
from bench.process import run
from bench.programs.census import Census
from bench.programs.counters import Counters
from bench.record import TrialRecord
from bench.spec import AddressFamily, Cell, Engine
from bench.units import NS_PER_MS, NS_PER_S

MakeCell = Callable[..., Cell]
Measure = Callable[..., TrialRecord]
RATE, FLOWS = 20_000, 2_000
"""A flow comes again after 100 ms."""


def proxy(make_cell: MakeCell, **changes: object) -> Cell:
    fields: dict[str, object] = {
        "program": "tc_gc",
        "map_size": 4_096,
        "timeout_ns": 300 * NS_PER_S,
        "options": {"packets_hz": RATE, "flows": FLOWS},
    }
    return make_cell(**(fields | changes))


def assert_accounted_for(record: TrialRecord) -> None:
    ledger = record.ledger
    assert ledger is not None and ledger.balanced and ledger.lost == 0, ledger
    assert not ledger.insert_failed and not ledger.start_failed


@pytest.fixture
def censuses(monkeypatch: pytest.MonkeyPatch) -> list[Census]:
    """A look at the kernel's queues just before each window opens."""
    found: list[Census] = []
    original = BpfSession.open_window

    def look(session: BpfSession) -> Counters:
        found.append(session.census())
        return original(session)

    monkeypatch.setattr(BpfSession, "open_window", look)
    return found


@pytest.mark.parametrize("family", ["ipv4", "ipv6"])
@pytest.mark.parametrize("protocol", ["tcp", "udp"])
def test_flows_of_300_s_are_pushed_back_by_every_packet(
    protocol: str, family: str, make_cell: MakeCell, measure: Measure, censuses: list[Census]
) -> None:
    options = {
        "packets_hz": RATE, "flows": FLOWS, "held": FLOWS,
        "packets_protocol": protocol, "packets_ip": family,
    }  # fmt: skip
    record = measure(proxy(make_cell, options=options), warmup=50 * NS_PER_MS)
    assert_accounted_for(record)
    ledger, measures = record.ledger, record.measures
    assert ledger is not None
    # What was seeded are the flood's own flows: no packet has made another.
    assert ledger.seeded == ledger.started == ledger.cancelled == FLOWS
    assert censuses[0].pending == FLOWS and ledger.unmatched == 0
    assert ledger.fired == 0 and measures["flows_live"] == FLOWS
    assert measures["packets"] == measures["packets_pushed_back"]
    assert (measures["packets"] or 0) > 0
    assert not any("too few samples" in reason for reason in record.reasons)


@pytest.mark.parametrize("engine", [Engine.BPF_TIMER, Engine.USER_GC, Engine.BPF_SWEEP])
def test_flows_that_fall_idle_are_collected(
    engine: Engine, make_cell: MakeCell, measure: Measure
) -> None:
    cell = proxy(make_cell, engine=engine, timeout_ns=50 * NS_PER_MS)
    record = measure(cell, duration=500 * NS_PER_MS)
    assert_accounted_for(record)
    assert record.callbacks is not None and record.lateness is not None
    assert record.callbacks.fired > 20 and record.lateness.negative == 0
    assert record.ledger is not None and record.ledger.collected > 0


@pytest.mark.parametrize("family", [AddressFamily.IPV4, AddressFamily.IPV6])
def test_real_connections_pass_and_their_flows_are_collected(
    family: AddressFamily, make_cell: MakeCell, measure: Measure
) -> None:
    record = measure(
        proxy(
            make_cell, load_hz=500, load_shape="constant", ip=family, options={},
            payload_bytes=500, timeout_ns=100 * NS_PER_MS,
        )
    )  # fmt: skip
    assert_accounted_for(record)
    ledger, load = record.ledger, record.load
    assert ledger is not None and load is not None and not load.errors
    assert ledger.started + sum(ledger.init_failed.values()) >= load.connections_total > 0
    assert ledger.collected > 0


def test_the_classifier_is_where_tc_shows_it_and_is_gone_afterwards(
    make_cell: MakeCell, measure: Measure, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[list[str]] = []
    attach, remove = bpf_object.tc.attach, bpf_object.tc.remove

    def kinds(ifindex: int) -> list[str]:
        names = {link["ifindex"]: link["ifname"] for link in json.loads(run(["ip", "-j", "link"]))}
        return [
            one["kind"]
            for one in json.loads(run(["tc", "-j", "qdisc"]))
            if one["dev"] == names[ifindex]
        ]

    def looked(program_fd: int, ifindex: int) -> int:
        result = attach(program_fd, ifindex)
        shown.append(kinds(ifindex))
        return result

    def removed(ifindex: int) -> None:
        remove(ifindex)
        shown.append(kinds(ifindex))

    monkeypatch.setattr(bpf_object.tc, "attach", looked)
    monkeypatch.setattr(bpf_object.tc, "remove", removed)
    assert_accounted_for(measure(proxy(make_cell, timeout_ns=NS_PER_S)))
    attached, left = shown
    assert "clsact" in attached and "clsact" not in left
