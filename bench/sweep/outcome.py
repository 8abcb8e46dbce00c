"""From a measurement to its record. Pure: every number of a record is computed here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bench.load.controller import LoadPlan, to_result
from bench.programs.base import Program
from bench.record import (
    Callbacks,
    Cost,
    Ksoftirqd,
    Ledger,
    LoadResult,
    Noise,
    ObserverInfo,
    Reserve,
    Status,
    TrialRecord,
    Venue,
)
from bench.spec import Hook, Instrument
from bench.sweep.measurement import Measurement, Window
from bench.sweep.plan import PlannedTrial
from bench.sweep.validity import broken_rules
from bench.units import NS_PER_S


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a record says beside the measurement itself.

    Attributes:
        cpus: Number of online CPUs.
        load_cpus: Role -> CPUs of the load processes.
        max_steal: Bound of the validity rule.
        drifted: Host facts that changed since the run began.
    """

    program: Program
    planned: PlannedTrial
    started: str
    seed: int
    cpus: int
    load_cpus: Mapping[str, list[int]]
    observer: ObserverInfo
    reserve: Reserve
    max_steal: float
    drifted: list[str]


def record_of(measured: Measurement, context: Context) -> TrialRecord:
    """The record of a measured trial, judged by the validity rules."""
    window, cell = measured.window, context.planned.cell
    load = _load(measured, context)
    callbacks = _callbacks(window, context, load)
    full = cell.instrument is Instrument.FULL
    histogram = window.closing.counters.lateness_since(window.opening.counters)
    lateness = histogram.summary() if full else None
    ledger = _ledger(measured, context)
    noise = _noise(window, context)
    reasons = broken_rules(
        ledger=ledger,
        callbacks=callbacks,
        lateness=lateness,
        load=load,
        noise=noise,
        max_steal=context.max_steal,
        deadline_passed=window.deadline_passed,
    )
    observed = window.closing.observed.since(window.opening.observed)
    return TrialRecord(
        trial=context.planned.trial,
        block=context.planned.block,
        status=Status.INVALID if reasons else Status.OK,
        reasons=reasons,
        cell=cell,
        started=context.started,
        window_ns=window.length_ns,
        callbacks=callbacks,
        lateness=lateness,
        venue=_venue(window) if full else None,
        ksoftirqd=_ksoftirqd(window, context),
        softirq_ns=observed.softirq_ns,
        softirq_count=observed.softirq_count,
        load=load,
        ledger=ledger,
        noise=noise,
        cost=_cost(measured),
        hook=measured.hook,
        reserve=context.reserve,
        observer=context.observer,
    )


def _load(measured: Measurement, context: Context) -> LoadResult | None:
    opening, closing = measured.window.opening.load, measured.window.closing.load
    total = measured.aftermath.load
    if opening is None or closing is None or total is None:
        return None
    plan = LoadPlan.of(context.planned.cell, context.seed)
    difference = closing.since(opening)
    return to_result(plan, difference, difference.elapsed_ns, total, context.load_cpus)


def _callbacks(window: Window, context: Context, load: LoadResult | None) -> Callbacks:
    opening, closing = window.opening.counters, window.closing.counters
    fired = closing.fired - opening.fired
    fired_hz = fired * NS_PER_S / window.length_ns
    offered = _offered_hz(context, load)
    full = context.planned.cell.instrument is Instrument.FULL
    periodic = context.program.rearms and full
    return Callbacks(
        fired=fired,
        offered_hz=offered,
        fired_hz=fired_hz,
        served=fired_hz / offered if offered else None,
        missed_periods=closing.missed_periods - opening.missed_periods if periodic else None,
    )


def _offered_hz(context: Context, load: LoadResult | None) -> float | None:
    program, cell = context.program, context.planned.cell
    if not program.needs_load:
        return program.offered_hz(cell, 0.0)
    if load is None or load.offered_hz is None:
        return None
    return program.offered_hz(cell, load.offered_hz)


def _venue(window: Window) -> Venue:
    opening, closing = window.opening.counters.venue, window.closing.counters.venue
    idle, task, ksoftirqd = (after - before for before, after in zip(opening, closing, strict=True))
    return Venue(idle=idle, task=task, ksoftirqd=ksoftirqd)


def _ksoftirqd(window: Window, context: Context) -> Ksoftirqd:
    observed = window.closing.observed.since(window.opening.observed)
    return Ksoftirqd(
        cpu_ns=observed.cpu_ns,
        cpu_share=observed.cpu_ns / (observed.t_ns * context.cpus),
        runq_delay_ns=observed.runq_delay_ns,
        wakeups=observed.wakeups,
    )


def _noise(window: Window, context: Context) -> Noise:
    seen = window.closing.noise.since(window.opening.noise)
    return Noise(
        steal=seen.steal,
        involuntary_switches=seen.involuntary_switches,
        interrupts=seen.interrupts,
        drifted=context.drifted,
    )


def _ledger(measured: Measurement, context: Context) -> Ledger:
    after, final = measured.aftermath, measured.aftermath.counters
    accounted = final.fired + final.cancelled + final.freed + after.pending
    return Ledger(
        inited=final.inited,
        init_retried=final.init_retried,
        init_failed=final.init_failed,
        insert_failed=final.insert_failed,
        started=final.started,
        restarted=final.restarted,
        start_failed=final.start_failed,
        fired=final.fired,
        cancelled=final.cancelled,
        dropped=final.dropped,
        freed=final.freed,
        pending=after.pending,
        lost=after.lost,
        collected=final.collected,
        entries=after.entries,
        collect_failed=final.collect_failed,
        balanced=final.started + final.restarted == accounted,
        unmatched=_unmatched(measured, context),
    )


def _unmatched(measured: Measurement, context: Context) -> int | None:
    """Connection ends met by the program, less those that the load itself counted."""
    after, final = measured.aftermath, measured.aftermath.counters
    if after.load is None or measured.hook is None:
        return None
    hook = Hook(measured.hook.used)
    expected = context.program.expected_timers(after.load.attempted, after.load.connected, hook)
    if expected is None:
        return None
    failures = (final.insert_failed, final.init_failed, final.start_failed)
    return final.started + sum(sum(table.values()) for table in failures) - expected


def _cost(measured: Measurement) -> Cost:
    armed = measured.aftermath.counters.started
    arm_ns = measured.arm_ns / armed if measured.hook is None and armed else None
    return Cost(arm_ns=arm_ns, timeline_ns=measured.timeline_ns)
