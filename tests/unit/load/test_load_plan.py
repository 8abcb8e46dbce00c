"""Plans of cells, differences of snapshots, and the record made of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.errors import UsageError
from bench.histogram import HIGHEST, Histogram
from bench.load.messages import Counters, Delays, Report
from bench.load.plan import LoadPlan, to_result
from bench.load.recorder import BATCH, DelayRecorder, dense
from bench.load.snapshot import LoadSnapshot, progress_of, snapshot_of
from bench.spec import AddressFamily, Cell, LoadShape
from bench.units import NS_PER_S

delays_ns = st.lists(st.integers(0, 2**40), max_size=2 * BATCH)


def report(serial: int, recorder: DelayRecorder, t_ns: int, **changed: int) -> Report:
    counters = {"intended": 10, "attempted": 9, "connecting": 1, "connected": 7, "open": 2,
                "closed": 5} | changed  # fmt: skip
    return Report(
        serial=serial,
        started_ns=1000,
        final=False,
        counters=Counters(t_ns=t_ns, errors={"ECONNREFUSED": serial}, broken={}, **counters),
        delays=recorder.report(),
    )


@given(delays_ns, delays_ns)
def test_a_window_has_exactly_the_delays_between_its_ends(
    before: list[int], inside: list[int]
) -> None:
    recorder = DelayRecorder()
    for delay in before:
        recorder.add(delay)
    first = snapshot_of(report(1, recorder, 2000))
    for delay in inside:
        recorder.add(delay)
    window = snapshot_of(report(2, recorder, 5000)).since(first).connect
    expected = Histogram.of(inside)
    assert np.array_equal(window.counts, expected.counts)
    assert (window.total_ns, window.overflow) == (expected.total_ns, expected.overflow)
    assert (window.min_ns, window.max_ns) == (expected.min_ns, expected.max_ns)


def test_extremes_are_unknown_when_a_report_lies_between() -> None:
    recorder = DelayRecorder()
    recorder.add(5)
    snapshots = [snapshot_of(report(serial, recorder, serial)) for serial in (1, 2, 3)]
    window = snapshots[2].since(snapshots[0])
    assert window.connect.min_ns is None and window.connect.max_ns is None


def test_difference_of_counts() -> None:
    recorder = DelayRecorder()
    first = snapshot_of(report(1, recorder, 2000))
    later = snapshot_of(report(4, recorder, 9000, intended=110, attempted=100, connected=90))
    window = later.since(first)
    assert (window.t_ns, window.elapsed_ns) == (9000, 7000)
    assert (first.elapsed_ns, later.elapsed_ns) == (1000, 8000)
    assert (window.intended, window.attempted, window.connected) == (100, 91, 83)
    assert window.errors == {"ECONNREFUSED": 3}
    assert first.missed == 1 and later.missed == window.missed == 10
    assert first.since(first).errors == {}


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
    none = {"min_ns": None, "max_ns": None, "recent_min_ns": None, "recent_max_ns": None}
    with pytest.raises(ValueError, match="outside"):
        dense(Delays(counts=((3968, 1),), total_ns=0, **none))


def test_result_of_a_window() -> None:
    plan = LoadPlan(rate_hz=1000, shape=LoadShape.POISSON)
    window = LoadSnapshot(
        t_ns=0, elapsed_ns=0, intended=1010, attempted=1005, connected=1000, closed=990, missed=5,
        errors={"ETIMEDOUT": 2, "ECONNREFUSED": 1}, broken={"ETIMEDOUT": 3},
        connect=Histogram.of([100] * 1000),
    )  # fmt: skip
    total = LoadSnapshot(
        t_ns=0, elapsed_ns=0, intended=3000, attempted=3000, connected=2900, closed=2900, missed=0,
        connect=Histogram(),
    )  # fmt: skip
    cpus = {"server": [0], "client": [1]}
    result = to_result(plan, window, 2 * NS_PER_S, total, cpus)
    assert (result.offered_hz, result.achieved_hz) == (505.0, 500.0)
    assert (result.connections, result.connections_total, result.missed) == (1000, 2900, 5)
    assert result.errors == {"ETIMEDOUT": 5, "ECONNREFUSED": 1}
    assert result.connect is not None and result.connect.p99_ns == 100
    assert result.cpus == cpus
    closed = LoadPlan(rate_hz=None, shape=LoadShape.CLOSED)
    assert to_result(closed, window, NS_PER_S, total, cpus).offered_hz is None


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
