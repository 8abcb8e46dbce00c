"""A population that is there from the first moment, against the kernel's queues and the load."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import TypeVar

import pytest

from bench.campaign import runner
from bench.cost.parts import used_share
from bench.drivers.session import BpfSession
from bench.drivers.timer_memory import memory_needed, slab_object
from bench.errors import BenchError
from bench.programs.census import Census
from bench.programs.counters import Counters
from bench.programs.registry import find
from bench.reason import Code
from bench.record import TrialRecord
from bench.spec import Cell, Ends, Engine, MapType, OuterMap, Sweep
from bench.sweep.plan import PlannedTrial
from bench.trial.measurement import Sample
from bench.trial.rig import Rig
from bench.units import NS_PER_MS, NS_PER_S
from tests.kernel.conftest import require

MakeCell = Callable[..., Cell]
T = TypeVar("T")
Measure = Callable[..., TrialRecord]
LOAD_HZ = 2_000
TIMEOUT_NS = 10 * NS_PER_S
POPULATION = 20_000
WINDOW_NS = NS_PER_S
ROUNDS = 3
BUSY = {Code.LOAD_SHORT, Code.LOAD_EXCESS, Code.STEAL}
"""What a busy machine makes of any load."""
CLEARLY = 1.25
"""Ratio of medians below which they do not differ, whatever their spread."""


def populated(make_cell: MakeCell, **changes: object) -> Cell:
    fields: dict[str, object] = {
        "program": "tcp",
        "map_size": 65_536,
        "timeout_ns": TIMEOUT_NS,
        "load_hz": LOAD_HZ,
        "load_shape": "constant",
        "ip": "both",
        "population": POPULATION,
    }
    return make_cell(**(fields | changes))


def at_opening(monkeypatch: pytest.MonkeyPatch, look: Callable[[BpfSession], T]) -> list[T]:
    """What a look finds just before each window opens."""
    found: list[T] = []
    original = BpfSession.open_window

    def open_window(session: BpfSession) -> Counters:
        found.append(look(session))
        return original(session)

    monkeypatch.setattr(BpfSession, "open_window", open_window)
    return found


@pytest.fixture
def censuses(monkeypatch: pytest.MonkeyPatch) -> list[Census]:
    """A look at the kernel's queues just before each window opens."""
    return at_opening(monkeypatch, BpfSession.census)


def sampled(cell: Cell, sweep: Sweep) -> tuple[TrialRecord, list[Sample]]:
    with Rig([cell]) as rig:
        planned = PlannedTrial(trial=1, block=1, cell=cell)
        done = runner.measure(rig, planned, sweep, 1, lambda sample: None)
    return done.record, done.samples


def assert_closed(record: TrialRecord, seeded: int) -> None:
    ledger, load = record.ledger, record.load
    assert ledger is not None and load is not None
    ends = 2 if record.cell.ends is Ends.BOTH else 1
    assert ledger.balanced and ledger.unmatched == 0, ledger
    assert ledger.seeded == seeded
    assert ledger.started == seeded + ends * load.connections_total
    assert set(record.codes) <= BUSY, record.reasons


@pytest.mark.parametrize("ends", Ends)
def test_it_is_whole_and_expires_at_the_load_s_rate_from_the_first_moment(
    ends: Ends, make_cell: MakeCell, make_sweep: Callable[..., Sweep], censuses: list[Census]
) -> None:
    each = 2 if ends is Ends.BOTH else 1
    cell = populated(make_cell, ends=ends, population=each * POPULATION)
    sweep = make_sweep(duration=WINDOW_NS, warmup=100 * NS_PER_MS)
    record, samples = sampled(cell, sweep)
    assert_closed(record, each * POPULATION)
    # The kernel's own state: as many timers in its queues as the population, give or take
    # what arrives in one window.
    assert abs(censuses[0].pending - each * POPULATION) <= each * LOAD_HZ
    assert record.live is not None and record.live.opening is not None
    assert abs(record.live.opening - censuses[0].pending) <= each * LOAD_HZ // 10
    # All callbacks of this window are of seeded timers: it ends long before a timeout.
    half = [s for s in samples if s.t_ns <= WINDOW_NS // 2]
    before, fired = 0, 0.0
    for sample in half:
        fired += sample.callbacks_hz * (sample.t_ns - before) / NS_PER_S
        before = sample.t_ns
    expected = each * LOAD_HZ * before / NS_PER_S
    assert abs(fired - expected) <= 0.1 * expected
    callbacks = record.callbacks
    assert callbacks is not None
    assert abs(callbacks.fired_hz - each * LOAD_HZ) <= 0.05 * each * LOAD_HZ


def test_it_is_armed_where_the_hook_runs(make_cell: MakeCell, measure: Measure) -> None:
    record = measure(populated(make_cell))
    callbacks, load = record.callbacks, record.load
    assert callbacks is not None and load is not None
    (client,) = load.cpus["client"]
    met = sum(callbacks.armed_by_cpu.values()) - POPULATION
    elsewhere = sum(n for cpu, n in callbacks.armed_by_cpu.items() if cpu != str(client))
    assert met > 0 and elsewhere <= 0.01 * met, "hooks run where the seeded timers were armed"


@pytest.mark.parametrize(
    "changes",
    [
        {"map_type": MapType.HASH_NOPREALLOC},
        {"outer_map": OuterMap.ARRAY_OF_MAPS},
        {"engine": Engine.USER_GC},
        {"clock": "boottime"},
        {"flags": ("abs",)},
        {"load_shape": "poisson"},
        {"timeout_shape": "exponential"},
        {"timeout_shape": "uniform", "load_shape": "poisson"},
    ],
    ids=str,
)
def test_every_kind_of_it_has_a_closed_ledger(
    changes: dict[str, object], make_cell: MakeCell, measure: Measure, censuses: list[Census]
) -> None:
    record = measure(populated(make_cell, **changes))
    assert_closed(record, POPULATION)
    assert abs(censuses[0].pending - POPULATION) <= LOAD_HZ
    assert record.callbacks is not None
    assert abs(record.callbacks.fired_hz - LOAD_HZ) <= 0.25 * LOAD_HZ


def test_a_map_that_evicts_is_full_from_the_first_moment(
    make_cell: MakeCell, measure: Measure, censuses: list[Census]
) -> None:
    cell = populated(make_cell, engine=Engine.LRU, map_type=MapType.LRU_HASH, map_size=POPULATION)
    record = measure(cell)
    ledger = record.ledger
    assert ledger is not None and ledger.balanced and ledger.freed_inferred
    assert ledger.seeded == POPULATION and ledger.freed > 0
    assert censuses[0].entries >= 0.9 * POPULATION


@pytest.mark.parametrize("engine", [Engine.BPF_TIMER, Engine.USER_GC])
def test_flows_of_packets_are_there_as_well(
    engine: Engine, make_cell: MakeCell, measure: Measure, censuses: list[Census]
) -> None:
    cell = populated(make_cell, program="xdp_gc", engine=engine)
    record = measure(cell, warmup=100 * NS_PER_MS)
    ledger, load, callbacks = record.ledger, record.load, record.callbacks
    assert ledger is not None and load is not None and callbacks is not None
    assert ledger.balanced and (ledger.seeded, ledger.unmatched) == (POPULATION, 0)
    assert ledger.started - ledger.seeded >= load.connections_total > 0
    assert abs(censuses[0].pending - POPULATION) <= LOAD_HZ
    assert set(record.codes) <= BUSY, record.reasons
    assert abs(callbacks.fired_hz - LOAD_HZ) <= 0.25 * LOAD_HZ


@pytest.mark.parametrize("ends", Ends)
@pytest.mark.parametrize("engine", [Engine.BPF_TIMER, Engine.USER_GC, Engine.BPF_SWEEP])
def test_what_is_held_is_there_and_never_expires(
    engine: Engine, ends: Ends, make_cell: MakeCell, measure: Measure, censuses: list[Census]
) -> None:
    each = 2 if ends is Ends.BOTH else 1
    population, held = each * POPULATION, 30_000
    cell = populated(
        make_cell, engine=engine, ends=ends, population=population, map_size=131_072,
        options={"held": held},
    )  # fmt: skip
    record = measure(cell, warmup=100 * NS_PER_MS)
    assert_closed(record, population + held)
    ledger = record.ledger
    assert ledger is not None and ledger.pending + ledger.cancelled >= held
    assert abs(censuses[0].pending - population - held) <= each * LOAD_HZ
    assert record.callbacks is not None and record.live is not None
    assert record.callbacks.fired_hz <= 1.25 * each * LOAD_HZ
    assert record.live.opening is not None and record.live.opening >= held


@pytest.mark.parametrize("options", [{"held": 5_000}, {"held": 500, "packets_hz": 10_000}])
def test_flows_that_are_held_lie_beside_those_of_connections(
    options: dict[str, object], make_cell: MakeCell, measure: Measure, censuses: list[Census]
) -> None:
    flood = {"flows": 500} if "packets_hz" in options else {}
    cell = populated(make_cell, program="xdp_gc", options=options | flood)
    record = measure(cell, warmup=100 * NS_PER_MS)
    ledger, load, held = record.ledger, record.load, options["held"]
    assert ledger is not None and load is not None and isinstance(held, int)
    assert ledger.balanced and (ledger.seeded, ledger.unmatched) == (POPULATION + held, 0)
    assert abs(censuses[0].pending - POPULATION - held) <= LOAD_HZ
    assert ledger.started - ledger.seeded >= load.connections_total > 0
    # The flood's flows are those that are held: beside connections it has made none.
    assert ledger.started - ledger.seeded <= 1.1 * load.connections_total


def test_what_memory_cannot_hold_is_refused_beforehand(make_cell: MakeCell) -> None:
    cell = populated(
        make_cell,
        population=400_000_000,
        map_size=2**30,
        load_hz=10_000_000,
        timeout_ns=40 * NS_PER_S,
    )
    said = (
        r"population 400,000,000 of program tcp needs [\d,]+ MiB of kernel memory, [\d,]+ MiB are"
    )
    with pytest.raises(BenchError, match=said) as refused, Rig([cell]):
        pass
    assert "Use a smaller --population" in refused.value.remedy
    assert "MiB, may be taken" in refused.value.remedy


def test_seeded_and_waited_for_are_alike(
    make_cell: MakeCell, measure_each: Callable[..., list[TrialRecord]]
) -> None:
    """Two seconds of timeout; tests/perf/seeded.py does the same with ten.

    On a virtual machine lateness was 23 us in the first second of a load and from the fourth on,
    and 31 us between, seeded or not: so what is waited for is measured after that.
    """
    shared: dict[str, object] = {"timeout_ns": 2 * NS_PER_S, "observer": "procfs"}
    seeded = populated(make_cell, population=2 * LOAD_HZ, **shared)
    waited = populated(make_cell, population=None, **shared)
    records: list[TrialRecord] = []
    for cell, warmup in ((seeded, 100 * NS_PER_MS), (waited, 2 * NS_PER_S)) * ROUNDS:
        records += measure_each([cell], duration=NS_PER_S, warmup=warmup)
    for figure in (_median_lateness, _batch):
        assert_alike(figure, records)


def assert_alike(figure: Callable[[TrialRecord], float], records: list[TrialRecord]) -> None:
    """Of records of two cells in turn: not all apart, or not by so much."""
    ours, theirs = (
        [figure(record) for record in group] for group in (records[0::2], records[1::2])
    )
    apart = min(ours) > max(theirs) or min(theirs) > max(ours)
    ratio = median(ours) / median(theirs)
    assert not apart or 1 / CLEARLY <= ratio <= CLEARLY, (figure.__name__, ours, theirs)


def _median_lateness(record: TrialRecord) -> float:
    assert record.lateness is not None and record.lateness.p50_ns is not None
    return record.lateness.p50_ns


def _batch(record: TrialRecord) -> float:
    assert record.callbacks is not None and record.softirq_total is not None
    return record.callbacks.fired / record.softirq_total["hrtimer"]


def _cost(record: TrialRecord) -> float:
    return used_share(record) or float("nan")


@pytest.fixture
def many_files() -> Iterator[None]:
    """Room for the descriptors of all connections, for this process and its children."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = max(before[1], 4 * POPULATION)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, wanted))
    except ValueError:
        require(f"{wanted} open files are needed, {before[1]} are the most that are allowed here")
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


@pytest.mark.nightly
@pytest.mark.usefixtures("many_files")
def test_held_by_real_connections_and_seeded_are_alike(
    make_cell: MakeCell,
    measure_each: Callable[..., list[TrialRecord]],
    open_sockets: list[int],
) -> None:
    """20,000 of either; the sockets of the real ones are open beside their timers."""
    seeded = populated(make_cell, ip="ipv4")
    held = populated(make_cell, ip="ipv4", population=None, hold_ns=TIMEOUT_NS)
    records = measure_each([seeded, held] * ROUNDS, duration=2 * NS_PER_S, warmup=500 * NS_PER_MS)
    assert all(least >= 0.9 * 2 * POPULATION for least in open_sockets[1::2]), open_sockets
    assert max(open_sockets[0::2]) < POPULATION
    for figure in (_median_lateness, _batch, _cost):
        assert_alike(figure, records)


@pytest.fixture
def open_sockets(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """TCP sockets of this namespace as each window opens, by the kernel's own count."""

    def count() -> int:
        text = Path("/proc/net/sockstat").read_text()
        (line,) = (line for line in text.splitlines() if line.startswith("TCP:"))
        return int(line.split()[2])

    return at_opening(monkeypatch, lambda session: count())


@pytest.fixture
def kernel_bytes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Memory that the kernel has for itself: now, and as each window opens."""
    found = at_opening(monkeypatch, lambda session: kernel_memory())
    found.append(settled_memory())
    return found


def settled_memory() -> int:
    """After what an earlier test has freed is given back: as soon as it falls no more."""
    before = kernel_memory()
    while True:
        time.sleep(2)
        now = kernel_memory()
        if now >= before - (1 << 20):
            return min(now, before)
        before = now


def kernel_memory() -> int:
    """What slabs that are not caches take, and areas of vmalloc: maps are the latter."""
    lines = (line.split() for line in Path("/proc/meminfo").read_text().splitlines())
    sizes = {words[0]: int(words[1]) * 1024 for words in lines}
    return sizes["SUnreclaim:"] + sizes["VmallocUsed:"]


@pytest.mark.nightly
@pytest.mark.parametrize("population", [1_000_000, 3_000_000])
def test_millions_of_live_timers_beside_five_thousand_connections_a_second(
    population: int,
    make_cell: MakeCell,
    measure: Measure,
    censuses: list[Census],
    kernel_bytes: list[int],
) -> None:
    load_hz = 5_000
    cell = populated(
        make_cell,
        population=population,
        map_size=2 ** (population * 5 // 4).bit_length(),
        load_hz=load_hz,
        timeout_ns=population * NS_PER_S // load_hz,
        ip="ipv4",
    )
    record = measure(cell, duration=2 * NS_PER_S, warmup=NS_PER_S)
    assert_closed(record, population)
    assert abs(censuses[0].pending - population) <= 2 * load_hz
    before, within = kernel_bytes
    predicted = memory_needed(find(cell.program), cell, slab_object(), reserved=True)
    assert abs(within - before - predicted) <= 0.1 * predicted, (before, within, predicted)
