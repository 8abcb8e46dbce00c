"""Backends marked down and up again, against what user space did to them.

False alarms may happen where the host stalls for a timeout; the tests use timeouts that
make that rare and assert how marks add up, not how many there are.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from bench import abi
from bench.drivers.environment import Environment
from bench.drivers.outages import SINCE
from bench.drivers.registry import find_driver
from bench.drivers.session import Session, opened_object
from bench.flood.flood import Flood, FloodPlan
from bench.host.veth import veth_pair
from bench.record import TrialRecord
from bench.spec import Cell
from bench.units import NS_PER_MS, NS_PER_S
from tests.waiting import wait_until

MakeCell = Callable[..., Cell]
Measure = Callable[..., TrialRecord]
DRIVER = find_driver("xdp_health")
TIMEOUT_NS = 100 * NS_PER_MS
OUTAGE_NS = 300 * NS_PER_MS


def health(make_cell: MakeCell, **options: object) -> Cell:
    fields = {"packets_hz": 20_000, "outages_hz": 100, "outage_ns": OUTAGE_NS}
    return make_cell(
        program="xdp_health",
        map_size=400,
        timeout_ns=TIMEOUT_NS,
        options=fields | options,
    )


@pytest.mark.parametrize("family", ["ipv4", "ipv6"])
def test_outages_are_detected_after_the_timeout(
    family: str, make_cell: MakeCell, measure: Measure
) -> None:
    record = measure(health(make_cell, packets_ip=family), duration=NS_PER_S)
    ledger, seen = record.ledger, record.measures
    assert ledger is not None and ledger.balanced and ledger.lost == 0, ledger
    assert not ledger.start_failed and set(ledger.init_failed) <= {"ENOMEM"}
    counts = {name: int(value or 0) for name, value in seen.items()}
    assert counts["marked_down"] == counts["detected"] + counts["false_alarms"]
    assert counts["detected"] > 20 and counts["marked_up"] > 0
    # Outages begin and are detected at the window's ends, too: those within a timeout and a
    # stall, a hundred a second, may fall on the other side.
    assert abs(counts["detected"] - counts["outages"]) <= 60
    delay = record.distributions["detection_delay"]
    # The two are read one after the other.
    assert abs(delay.count - counts["detected"]) <= 2 and delay.negative == 0
    # The timeout, less the age of the last packet: a turn of all backends is 20 ms.
    assert delay.mean_ns is not None and delay.mean_ns > TIMEOUT_NS / 2
    assert record.lateness is not None and record.lateness.negative == 0


def test_without_outages_every_mark_is_a_false_alarm(make_cell: MakeCell, measure: Measure) -> None:
    record = measure(health(make_cell, outages_hz=0))
    ledger, seen = record.ledger, record.measures
    assert ledger is not None and ledger.balanced and ledger.lost == 0
    assert seen["detected"] == 0 and seen["marked_down"] == seen["false_alarms"]
    assert record.distributions["detection_delay"].count == 0
    assert "outages" not in seen and seen["packets"]
    assert not any("too few samples" in reason for reason in record.reasons)


def test_a_timeout_shorter_than_a_turn_gives_false_alarms(
    make_cell: MakeCell, measure: Measure
) -> None:
    # Each of 400 backends sends every 400 ms: all are marked down and up all the time.
    record = measure(health(make_cell, packets_hz=1_000, outages_hz=0))
    ledger, seen = record.ledger, record.measures
    assert ledger is not None and ledger.balanced
    assert (seen["false_alarms"] or 0) > 0 and (seen["marked_up"] or 0) > 0


def await_pending(session: Session, count: int) -> None:
    wait_until(
        f"{count} pending timers", lambda: session.census().pending, lambda seen: seen == count
    )


def await_measure(session: Session, name: str, count: int) -> None:
    wait_until(f"{count} {name}", lambda: session.read().measures[name], lambda seen: seen == count)


def test_chosen_backends_go_down_and_come_back(
    make_cell: MakeCell, environment: Environment, reserve: Callable[[int], None]
) -> None:
    """Each silence is made by hand, and told apart by what the kernel's timers say."""
    cell = health(make_cell, outages_hz=0)
    reserve(cell.map_size)
    plan = FloodPlan(rate_hz=20_000, flows=cell.map_size)
    with veth_pair() as pair:
        site = replace(environment, veth=pair)
        with opened_object(DRIVER, cell, site, {}) as session:
            session.prepare(site, 60 * NS_PER_S)
            silenced = session.map("silenced").view(SINCE)
            outages = session.map("outages").view(abi.OUTAGE)
            with Flood(pair, plan, session.map("silenced")) as flood:
                flood.start()
                await_pending(session, cell.map_size)
                chosen = np.array([3, 77, 311])
                now = time.monotonic_ns()
                outages["began_ns"][chosen] = now
                silenced["since_ns"][chosen] = now
                await_measure(session, "detected", 3)
                await_pending(session, cell.map_size - 3)
                outages["ended_ns"][chosen] = time.monotonic_ns()
                silenced["since_ns"][chosen] = 0
                await_pending(session, cell.map_size)
                final = flood.stop()
            arrived = final.sent - final.dropped
            await_measure(session, "packets", arrived)
            del silenced, outages
            session.stop_arming()
            assert final.skipped > 0
            assert session.read().measures["detected"] == 3
            session.cancel_all()
            count = session.read()
            assert count.started == cell.map_size + count.measures["marked_up"]
            assert count.started + count.restarted == count.fired + count.cancelled
