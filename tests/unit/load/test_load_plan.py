"""Plans of cells, differences of snapshots, and the record made of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.errors import UsageError
from bench.histogram import HIGHEST, Histogram
from bench.load.due import Due
from bench.load.messages import Counters, Delays, DueReport, Report
from bench.load.plan import LoadPlan, to_result
from bench.load.recorder import BATCH, DelayRecorder, dense
from bench.load.snapshot import LoadSnapshot, progress_of, snapshot_of
from bench.spec import AddressFamily, Cell, LoadShape
from bench.units import NS_PER_S

delays_ns = st.lists(st.integers(0, 2**40), max_size=2 * BATCH)


def report(serial: int, t_ns: int, **changed: int) -> Report:
    counters = {"intended": 10, "attempted": 9, "connecting": 1, "connected": 7, "open": 2,
                "closed": 5} | changed  # fmt: skip
    return Report(
        serial=serial,
        started_ns=1000,
        final=False,
        counters=Counters(t_ns=t_ns, errors={"ECONNREFUSED": serial}, broken={}, **counters),
        due=tuple(span(n) for n in range(1, serial + 1)),
    )


def span(number: int) -> DueReport:
    recorder = DelayRecorder()
    recorder.add(number)
    return DueReport(intended=4, attempted=3, connected=1, delays=recorder.report())


def test_difference_of_counts() -> None:
    first = snapshot_of(report(1, 2000))
    later = snapshot_of(report(4, 9000, intended=110, attempted=100, connected=90))
    window = later.since(first)
    assert (window.t_ns, window.elapsed_ns) == (9000, 7000)
    assert (first.elapsed_ns, later.elapsed_ns) == (1000, 8000)
    assert (window.intended, window.attempted, window.connected) == (100, 91, 83)
    assert window.errors == {"ECONNREFUSED": 3}
    assert first.missed == 1 and later.missed == window.missed == 10
    assert first.since(first).errors == {}


def test_a_window_has_what_was_due_between_its_ends() -> None:
    first, second, final = (snapshot_of(report(serial, serial)) for serial in (1, 3, 4))
    window = second.since(first)
    assert [each.connect.min_ns for each in window.due] == [2, 3]
    assert (window.connect.min_ns, window.connect.max_ns, window.connect.count) == (2, 3, 2)
    settled = final.due_between(first, second)
    assert (settled.intended, settled.attempted, settled.connected) == (8, 6, 2)
    assert (final.connect.count, final.connect.max_ns) == (4, 4)


@given(delays_ns)
def test_delays_survive_the_wire(values: list[int]) -> None:
    recorder = DelayRecorder()
    for value in values:
        recorder.add(value)
    got, expected = dense(recorder.report()), Histogram.of(values)
    assert np.array_equal(got.counts, expected.counts)
    assert got.overflow == expected.overflow == sum(value > HIGHEST for value in values)
    assert got.total_ns == sum(values)


def test_a_counter_outside_the_layout_is_refused() -> None:
    with pytest.raises(ValueError, match="outside"):
        dense(Delays(counts=((3968, 1),), total_ns=0, min_ns=None, max_ns=None))


WINDOW = LoadSnapshot(
    t_ns=0, elapsed_ns=2 * NS_PER_S, intended=1010, attempted=1205, connected=1200, closed=990,
    missed=5, errors={"ETIMEDOUT": 2, "ECONNREFUSED": 1}, broken={"ETIMEDOUT": 3},
    due=(Due(intended=1010, attempted=1000, connected=1000),),
)  # fmt: skip
"""200 of the connections were due before it."""
TOTAL = LoadSnapshot(
    t_ns=0, elapsed_ns=0, intended=3000, attempted=3000, connected=2900, closed=2900, missed=0
)
SETTLED = Due(intended=1010, attempted=1005, connected=1002, connect=Histogram.of([100] * 1002))
CPUS = {"server": [0], "client": [1]}


def test_result_of_a_window() -> None:
    plan = LoadPlan(rate_hz=1000, shape=LoadShape.POISSON)
    result = to_result(plan, WINDOW, SETTLED, TOTAL, cpus=CPUS)
    assert (result.offered_hz, result.achieved_hz) == (505.0, 500.0)
    assert (result.intended, result.connections, result.backlog) == (1010, 1200, 200)
    assert (result.connections_total, result.missed, result.unanswered) == (2900, 5, 3)
    assert result.errors == {"ETIMEDOUT": 5, "ECONNREFUSED": 1}
    assert result.cpus == CPUS


def test_what_was_missed_or_not_answered_has_the_longest_delay() -> None:
    plan = LoadPlan(rate_hz=1000)
    found = to_result(plan, WINDOW, SETTLED, TOTAL, cpus=CPUS).connect
    assert found is not None and found.count == 1010
    assert (found.p50_ns, found.p99_ns, found.max_ns) == (100, 100, 2 * NS_PER_S)
    worse = replace(SETTLED, intended=1021)
    found = to_result(plan, WINDOW, worse, TOTAL, cpus=CPUS).connect
    assert found is not None and found.p99_ns == 2 * NS_PER_S, "more than 1 % of them"


def test_a_closed_loop_has_all_connections_that_were_made() -> None:
    closed = LoadPlan(rate_hz=None, shape=LoadShape.CLOSED)
    result = to_result(closed, WINDOW, SETTLED, TOTAL, cpus=CPUS)
    assert (result.offered_hz, result.intended, result.achieved_hz) == (None, None, 600.0)


def test_progress_sums_errors() -> None:
    counters = Counters(
        t_ns=3, intended=9, attempted=9, connecting=0, connected=6, open=1, closed=5,
        errors={"ECONNREFUSED": 2, "ETIMEDOUT": 1}, broken={"ECONNRESET": 4},
    )  # fmt: skip
    assert progress_of(counters).errors == 7


def cell(**fields: object) -> Cell:
    return Cell(**{"program": "tcp", "map_size": 1, "timeout_ns": 1, **fields})  # type: ignore[arg-type]


def test_plan_of_a_cell() -> None:
    plan = LoadPlan.of(
        cell(load_hz=500, load_shape="poisson", ip="ipv6", hold_ns=7, payload_bytes=9), seed=4
    )
    assert (plan.rate_hz, plan.shape, plan.ip) == (500, LoadShape.POISSON, AddressFamily.IPV6)
    assert (plan.hold_ns, plan.payload_bytes, plan.seed) == (7, 9, 4)
    assert LoadPlan.of(cell(load_hz=5), 0).shape is LoadShape.CONSTANT
    assert LoadPlan.of(cell(load_hz=5), 0).ip is AddressFamily.BOTH
    assert LoadPlan.of(cell(load_hz=None, load_shape="constant"), 0).shape is LoadShape.CLOSED


def test_plans_that_contradict_themselves() -> None:
    with pytest.raises(UsageError, match="no load"):
        LoadPlan.of(cell(load_hz=0), 0)
    with pytest.raises(UsageError, match="shape closed"):
        LoadPlan.of(cell(load_hz=10, load_shape="closed"), 0)
    with pytest.raises(UsageError, match="load max"):
        LoadPlan(rate_hz=None)
