"""The sampler and its alternative, against ftrace and the scheduler's own accounts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bench.drivers.environment import Environment
from bench.drivers.registry import find_driver
from bench.drivers.session import opened_object
from bench.record import TrialRecord
from bench.spec import Cell, Engine, Rearm, Sweep
from bench.trial.rig import Rig
from bench.trial.trial import Trial
from bench.units import NS_PER_MS, NS_PER_S

MakeCell = Callable[..., Cell]
Measure = Callable[..., TrialRecord]
TRACING = Path("/sys/kernel/tracing")
FUNCTIONS = {Engine.BPF_TIMER: "bpf_timer_cb", Engine.PERF_EVENT: "perf_swevent_hrtimer"}
ENGINES = tuple(FUNCTIONS)


BUSY = {"busy": 2, "duty_percent": 100}
"""Some kernels keep BPF away from the idle task of CPUs but the first (docs/programs.md), and
perf then has fewer samples than expiries: no CPU of two is idle beside these."""
LEAST_SHARE = 0.8


def sampler(make_cell: MakeCell, engine: Engine, **changes: object) -> Cell:
    fields: dict[str, object] = {
        "program": "sampler",
        "engine": engine,
        "timeout_ns": 2 * NS_PER_MS,
        "options": BUSY,
    }
    return make_cell(**(fields | changes))


def address(function: str) -> str:
    for line in Path("/proc/kallsyms").read_text().splitlines():
        found, _, name = line.split()[:3]
        if name == function:
            return f"0x{found}"
    raise AssertionError(f"no symbol {function}")


@contextmanager
def expiries(function: str) -> Iterator[Path]:
    """A trace instance that records each hrtimer calling ``function``."""
    instance = TRACING / "instances" / "bench-sampler"
    instance.mkdir()
    event = instance / "events" / "timer" / "hrtimer_expire_entry"
    try:
        (instance / "buffer_size_kb").write_text("4096")
        (event / "filter").write_text(f"function == {address(function)}")
        (event / "enable").write_text("1")
        yield instance / "trace"
    finally:
        (event / "enable").write_text("0")
        instance.rmdir()


def assert_balanced(record: TrialRecord) -> None:
    ledger = record.ledger
    assert ledger is not None and ledger.balanced, ledger
    assert ledger.started == record.cell.map_size and ledger.pending == 0
    assert ledger.fired > 0 and not ledger.init_failed and not ledger.start_failed


@pytest.mark.parametrize("engine", ENGINES)
def test_no_sample_without_an_expiry_that_ftrace_saw(
    engine: Engine, make_cell: MakeCell, make_sweep: Callable[..., Sweep]
) -> None:
    cell = sampler(make_cell, engine)
    with Rig([cell]) as rig, expiries(FUNCTIONS[engine]) as trace:
        measured = Trial(rig, cell, make_sweep(), 1, lambda sample: None).run()
        seen = trace.read_text().count("hrtimer_expire_entry:")
    final = measured.aftermath.counters
    samples = final.measures["samples"]
    # Nothing keeps a timer's callback from running.
    least = seen if engine is Engine.BPF_TIMER else seen * LEAST_SHARE
    assert least <= samples <= seen and samples == final.fired
    assert final.distributions["sample_cost"].values.count == samples
    # Each CPU's first sample ends no interval.
    assert final.measures["intervals"] == samples - cell.map_size
    assert final.distributions["interval"].values.count == samples - cell.map_size


@pytest.mark.parametrize(("ticks", "share"), [("aligned", 0.0), ("skewed", 0.5)])
def test_ticks_of_cpus_are_as_far_apart_as_asked(
    ticks: str, share: float, make_cell: MakeCell, environment: Environment
) -> None:
    """Of the first two CPUs, by the kernel's own list of timers."""
    cpus = environment.cpus[:2]
    if len(cpus) < 2:
        pytest.skip("one CPU has no other")
    options = BUSY | {"ticks": ticks}
    cell = sampler(make_cell, Engine.BPF_TIMER, options=options, timeout_ns=2 * NS_PER_MS)
    driver = find_driver("sampler")
    with opened_object(driver, cell, environment, {}) as session:
        session.prepare(environment, NS_PER_S)
        driver.arm(session.run, cell, environment)
        due = expiries_by_cpu()
        session.stop_arming()
    apart_ns = (due[cpus[1]] - due[cpus[0]]) % cell.timeout_ns
    assert apart_ns == share * cell.timeout_ns * 2 / len(environment.cpus)


def expiries_by_cpu() -> dict[int, int]:
    """When the bpf_timer of each CPU is due, from /proc/timer_list."""
    found, cpu, ours = {}, -1, False
    for line in Path("/proc/timer_list").read_text().splitlines():
        if line.startswith("cpu:"):
            cpu = int(line.split()[1])
        elif ours and "# expires at" in line:
            found[cpu] = int(line.split("at ")[1].split("-")[0])
        else:
            ours = "bpf_timer_cb" in line
    return found


@pytest.mark.parametrize("rearm", list(Rearm))
@pytest.mark.parametrize("engine", ENGINES)
def test_the_ledger_balances(
    engine: Engine, rearm: Rearm, make_cell: MakeCell, measure: Measure
) -> None:
    record = measure(sampler(make_cell, engine, rearm=rearm))
    assert_balanced(record)
    timers = engine is Engine.BPF_TIMER
    assert (record.lateness is not None) == (record.venue is not None) == timers
    assert (record.measures["run_ns"] is None) == timers
    assert record.measures["unprofiled"] == 0


def test_the_events_own_count_asks_for_so_many_samples(
    make_cell: MakeCell, measure: Measure
) -> None:
    record = measure(sampler(make_cell, Engine.PERF_EVENT))
    expected, samples = record.measures["expected_samples"], record.measures["samples"]
    assert expected is not None and samples is not None and record.callbacks is not None
    # A sample that came too late left out whole periods. Each CPU's first and last period
    # are cut by the window, and its sources are read one after another.
    missed = record.callbacks.missed_periods or 0
    edges = 10 * record.cell.map_size
    assert expected * LEAST_SHARE - edges - missed <= samples <= expected + edges


def test_timers_relative_to_their_callback_fall_behind_those_in_phase(
    make_cell: MakeCell, measure: Measure
) -> None:
    relative, in_phase = (
        measure(sampler(make_cell, Engine.BPF_TIMER, rearm=rearm, timeout_ns=NS_PER_MS))
        for rearm in (Rearm.RELATIVE, Rearm.ABSOLUTE)
    )
    assert relative.lateness is not None and relative.lateness.mean_ns is not None
    # Its period is the timeout, and the lateness of its callback on top.
    drift = relative.measures["drift_share"]
    assert drift is not None and drift > 0
    assert drift == pytest.approx(relative.lateness.mean_ns / NS_PER_MS, rel=0.2)
    # In phase, only whole periods are left out: nothing else adds up.
    assert in_phase.callbacks is not None and in_phase.measures["drift_ns"] is not None
    missed_ns = (in_phase.callbacks.missed_periods or 0) * NS_PER_MS / in_phase.cell.map_size
    assert abs(in_phase.measures["drift_ns"] - missed_ns) < 5 * NS_PER_MS


@pytest.mark.parametrize("engine", ENGINES)
def test_the_profile_tells_how_long_busy_processes_ran(
    engine: Engine, make_cell: MakeCell, measure: Measure
) -> None:
    cell = sampler(make_cell, engine, timeout_ns=NS_PER_MS)
    record = measure(cell, duration=1_500 * NS_PER_MS)
    assert_balanced(record)
    busy, error = record.measures["busy_share"], record.measures["profile_error_share"]
    # Others may take CPU time from them.
    assert busy is not None and 0.05 < busy < 1.05
    # 3,000 samples of shares around one half: a standard error of 1 %.
    assert error is not None and 0 <= error < 0.1


def test_no_busy_process_is_left(make_cell: MakeCell, measure: Measure) -> None:
    measure(sampler(make_cell, Engine.BPF_TIMER, options={"busy": 3}))
    found = [
        path
        for path in Path("/proc").glob("[0-9]*/cmdline")
        if b"bench.load.busy" in path.read_bytes()
    ]
    assert not found
