"""Synthetic measurements whose every figure is known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

import pytest

from bench.histogram import Histogram
from bench.host.idle_account import IdleAccount, IdleSnapshot
from bench.host.noise import CpuTime, NoiseSnapshot
from bench.host.traffic import Traffic
from bench.load.due import Due
from bench.load.snapshot import LoadSnapshot
from bench.observers.base import ObserverSnapshot
from bench.programs.census import Census
from bench.programs.counters import Counters
from bench.programs.registry import find
from bench.record import HookChoice, ObserverInfo, Reserve
from bench.spec import Cell
from bench.sweep.plan import PlannedTrial
from bench.trial.measurement import Aftermath, Mark, Measurement, Window
from bench.trial.outcome import Context
from bench.units import NS_PER_MS, NS_PER_S

MakeCell = Callable[..., Cell]
LATE = [1_000] * 10 + [2_000] * 30


def counters(**changes: Any) -> Counters:
    fields: dict[str, Any] = {
        name: 0
        for name in (
            "t_ns", "fired", "restarted", "missed_periods", "inited", "started", "cancelled",
            "dropped", "freed", "collected", "init_retried", "other_clock",
        )
    }  # fmt: skip
    tables = ("init_failed", "insert_failed", "start_failed", "collect_failed")
    fields |= {name: {} for name in tables} | {"venue": (0, 0, 0), "lateness": Histogram()}
    return Counters(**(fields | changes))


def observed(**changes: Any) -> ObserverSnapshot:
    fields: dict[str, Any] = {
        "t_ns": 0,
        "softirq_ns": {"hrtimer": 10, "net_rx": 20},
        "softirq_count": {"hrtimer": 1, "net_rx": 2},
        "softirq_total": {"hrtimer": 100, "net_rx": 200},
        "cpu_ns": 0,
        "runq_delay_ns": 0,
        "wakeups": 0,
    }
    return ObserverSnapshot(**(fields | changes))


def load(**changes: Any) -> LoadSnapshot:
    names = ("t_ns", "elapsed_ns", "intended", "attempted", "connected", "closed", "missed")
    return LoadSnapshot(**(dict.fromkeys(names, 0) | changes))


def noise(total: int, steal: int, interrupts: int, switches: int) -> NoiseSnapshot:
    half = CpuTime(total // 2, steal // 2)
    cpus, involuntary = {0: half, 1: half}, {99: switches}
    return NoiseSnapshot(t_ns=0, cpus=cpus, interrupts=interrupts, involuntary=involuntary)


def idle(t_ns: int, cpu0_ns: int, cpu1_ns: int, runner_ns: int = 0) -> IdleSnapshot:
    return IdleSnapshot(t_ns, {0: cpu0_ns, 1: cpu1_ns}, {0: t_ns // 100, 1: 0}, runner_ns)


QUIET = Traffic(**dict.fromkeys((each.name for each in fields(Traffic)), 0))


@pytest.fixture
def opening() -> Mark:
    """A window opens: 100 callbacks of 50 ms lateness have been before."""
    return Mark(
        counters=counters(
            t_ns=10 * NS_PER_S,
            fired=100,
            restarted=100,
            missed_periods=4,
            venue=(60, 30, 10),
            lateness=Histogram.of([50 * NS_PER_MS] * 100),
        ),
        observed=observed(t_ns=10 * NS_PER_S, cpu_ns=5 * NS_PER_MS, runq_delay_ns=7, wakeups=3),
        noise=noise(1_000, 100, 5_000, 40),
        idle=idle(10 * NS_PER_S, 7 * NS_PER_S, 8 * NS_PER_S, runner_ns=5),
        load=None,
        traffic=QUIET,
    )


@pytest.fixture
def closing() -> Mark:
    """It closes 2 s later: 40 callbacks at LATE, 3 missed periods."""
    lateness = Histogram.of([50 * NS_PER_MS] * 100 + LATE)
    return Mark(
        counters=counters(
            t_ns=12 * NS_PER_S,
            fired=140,
            restarted=140,
            missed_periods=7,
            venue=(85, 42, 13),
            lateness=replace(lateness, min_ns=1_000, max_ns=2_000),
        ),
        observed=observed(
            t_ns=12 * NS_PER_S + 500 * NS_PER_MS,
            softirq_ns={"hrtimer": 1_010, "net_rx": 20},
            softirq_count={"hrtimer": 41, "net_rx": 2},
            softirq_total={"hrtimer": 150, "net_rx": 200},
            cpu_ns=505 * NS_PER_MS,
            runq_delay_ns=1_007,
            wakeups=15,
        ),
        noise=noise(1_400, 120, 5_900, 46),
        idle=idle(12 * NS_PER_S, 8 * NS_PER_S, 10 * NS_PER_S, runner_ns=9),
        load=None,
        traffic=QUIET,
    )


@pytest.fixture
def final() -> Counters:
    """20 timers were started; each was cancelled in the end."""
    return counters(fired=150, restarted=150, inited=20, started=20, cancelled=20)


@pytest.fixture
def measured(opening: Mark, closing: Mark, final: Counters) -> Measurement:
    return Measurement(
        window=Window(opening, closing, [], deadline_passed=False),
        aftermath=Aftermath(final, Census(20, 20, 0, 0), lost=0, load=None),
        hook=None,
        load_cpus={"client": [0], "server": [1]},
        timeline_ns={"arm": 4_000, "window": 2 * NS_PER_S},
    )


@pytest.fixture
def context(make_cell: MakeCell) -> Context:
    cell = make_cell(map_size=20, timeout_ns=500 * NS_PER_MS)
    return context_of(cell)


def context_of(cell: Cell) -> Context:
    return Context(
        program=find(cell.program),
        planned=PlannedTrial(trial=4, block=2, cell=cell),
        started="2026-01-02T03:04:05Z",
        seed=11,
        cpus=2,
        observer=ObserverInfo(name="bcc"),
        reserve=Reserve(used=False, reason="not needed: test data"),
        max_steal=0.1,
        drifted=[],
        idle=IdleAccount(exact=True),
    )


@pytest.fixture
def tcp_context(make_cell: MakeCell) -> Context:
    return context_of(make_cell(program="tcp", load_hz=1_000, hook="auto", ends="server"))


@pytest.fixture
def tcp_measured(measured: Measurement) -> Measurement:
    """In a window of 4 s of the client's clock 3,960 of 4,000 connections were made in time.

    Ten more were established later, as many never attempted, and 20 never answered.
    """
    before = Due(intended=500, attempted=500, connected=500)
    at_the_end = Due(intended=4_000, attempted=3_980, connected=3_960)
    slow = Histogram.of([80_000] * 3_970)
    settled = Due(intended=4_000, attempted=3_990, connected=3_970, connect=slow)
    early = load(
        t_ns=1 * NS_PER_S, intended=500, attempted=500, connected=500, due=(before,), serial=1
    )
    late = load(
        t_ns=5 * NS_PER_S,
        intended=4_500,
        attempted=4_480,
        connected=4_460,
        missed=20,
        errors={"ECONNREFUSED": 15},
        broken={"EPIPE": 5},
        due=(before, at_the_end),
        serial=2,
    )
    total = load(
        intended=5_000,
        attempted=5_000,
        connected=4_900,
        due=(before, settled, Due(intended=500, attempted=500, connected=430)),
        serial=3,
    )
    window = measured.window
    return replace(
        measured,
        window=replace(
            window,
            opening=replace(window.opening, load=early),
            closing=replace(window.closing, load=late),
        ),
        aftermath=Aftermath(
            counters(fired=4_900, inited=4_900, started=4_900, collected=4_900),
            Census(0, 0, 0, 0),
            0,
            total,
        ),
        hook=HookChoice(used="tp_btf", refused={"fentry": "EPERM"}),
    )
