"""From a measurement to its record. Pure: every number of a record is computed here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from bench.control import has_program, has_timers
from bench.host.drops import dropped
from bench.host.idle_account import IdleAccount
from bench.load.controller import LoadPlan, to_result
from bench.programs.base import Place, Program
from bench.reason import Code, Reason
from bench.record import (
    Callbacks,
    Cost,
    Ledger,
    LoadResult,
    Noise,
    ObserverInfo,
    Reserve,
    Status,
    TrialRecord,
    Venue,
)
from bench.spec import Cell, TimeoutShape
from bench.sweep.plan import PlannedTrial
from bench.trial.cpu_use import cpu_use_of, notes_of_others
from bench.trial.foreign import foreign_traffic
from bench.trial.grid import grid_rules
from bench.trial.ledger import ledger_of
from bench.trial.live import live_of
from bench.trial.measurement import Measurement, Window
from bench.trial.observed import observed_fields
from bench.trial.places import places_of
from bench.trial.steadiness import notes_of, thirds_of
from bench.trial.steal import steal_rules
from bench.trial.validity import broken_rules, sampling_rules, traffic_rules
from bench.units import NS_PER_S


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a record says beside the measurement itself.

    Attributes:
        cpus: Number of online CPUs.
        max_steal: Bound of the validity rule.
        drifted: Host facts that changed since the run began.
        idle: Where idle time is from.
    """

    program: Program
    planned: PlannedTrial
    started: str
    seed: int
    cpus: int
    observer: ObserverInfo
    reserve: Reserve
    max_steal: float
    drifted: list[str]
    idle: IdleAccount


def record_of(measured: Measurement, context: Context) -> TrialRecord:
    """The record of a measured trial, judged by the validity rules."""
    window, cell = measured.window, context.planned.cell
    load = _load(measured, context)
    timed = has_timers(cell)
    engine = cell.engine.facts
    callbacks = _callbacks(window, context, load) if timed and engine.calls_back else None
    full = timed and cell.instrument.records_lateness
    histogram = window.closing.counters.lateness_since(window.opening.counters)
    lateness = histogram.summary() if full and engine.has_expiry else None
    ledger = ledger_of(measured, context.program, cell)
    noise = _noise(window, context, measured.load_host)
    reasons = broken_rules(
        ledger=ledger,
        callbacks=callbacks,
        lateness=lateness,
        load=load,
        noise=noise,
        max_steal=context.max_steal,
        deadline_passed=window.deadline_passed,
        needs_callbacks=context.program.needs_callbacks(cell),
    )
    use = cpu_use_of(window.opening.idle, window.closing.idle, context.idle)
    if Code.STEAL not in {reason.code for reason in reasons}:
        reasons += steal_rules(use, callbacks, context.max_steal)
    reasons += traffic_rules(noise, load if _here(context) else None)
    reasons += _grid(measured, context, callbacks, ledger)
    measures = _measures(window, context) if has_program(cell) else {}
    reasons += sampling_rules(measures, cell.map_size or 0) if timed else []
    lost = dropped(window.opening.drops, window.closing.drops)
    return TrialRecord(
        trial=context.planned.trial,
        block=context.planned.block,
        status=Status.INVALID if reasons else Status.OK,
        reasons=[_with_causes(reason, lost) for reason in reasons],
        codes=[reason.code for reason in reasons],
        notes=[*_notes(measured, context.cpus, lost), *notes_of_others(use)],
        cell=cell,
        started=context.started,
        window_ns=window.length_ns,
        age_ns=_age_ns(measured, context),
        thirds=thirds_of(window.samples, context.cpus),
        callbacks=callbacks,
        lateness=lateness,
        venue=_venue(window) if full and engine.in_softirq else None,
        **observed_fields(measured, context.cpus),
        load=load,
        ledger=ledger,
        live=live_of(window, cell),
        noise=noise,
        cpu_use=use,
        polite=window.polite,
        cost=_cost(measured, syscalls="arm" in context.program.syscalls),
        measures=measures,
        **_own(window),
        **_causes(measured),
        hook=measured.hook,
        reserve=context.reserve,
        observer=context.observer,
    )


def _age_ns(measured: Measurement, context: Context) -> int | None:
    ages = has_timers(context.planned.cell) and context.program.ages(context.planned.cell)
    return measured.timeline_ns.get("warmup") if ages else None


def _grid(
    measured: Measurement, context: Context, callbacks: Callbacks | None, ledger: Ledger
) -> list[Reason]:
    """Why the window does not have each expiry of its grid."""
    cell = context.planned.cell
    if measured.window.ended:
        return [measured.window.ended]  # Nothing was armed any more.
    if callbacks is None or not context.program.keeps_grid(cell):
        return []
    latest_ns = measured.aftermath.counters.lateness.max_ns or 0
    return grid_rules(
        callbacks,
        ledger,
        timeout_ns=cell.stated_timeout_ns,
        window_ns=measured.window.length_ns,
        latest_ns=latest_ns,
    )


def _measures(window: Window, context: Context) -> dict[str, int | float | None]:
    cell = context.planned.cell
    own = context.program.measured(window.counts(), cell, window.length_ns)
    return own | dict(window.gauges)


def _own(window: Window) -> dict[str, Any]:
    """The program's own distributions and errors, by name."""
    now, then = window.closing.counters.distributions, window.opening.counters.distributions
    tallies = {name: tally.since(then[name]) for name, tally in now.items()}
    return {
        "distributions": {name: tally.values.summary() for name, tally in tallies.items()},
        "errors": {name: tally.errors for name, tally in tallies.items() if tally.errors},
    }


def _causes(measured: Measurement) -> dict[str, Any]:
    """Stages of the window's callbacks, and the latest of them."""
    window = measured.window
    now, then = window.closing.counters, window.opening.counters
    stages = {name: histogram.since(then.stages[name]) for name, histogram in now.stages.items()}
    known = measured.without_stages is None
    return {
        "stages": {name: found.summary() for name, found in stages.items()} if known else None,
        "without_stages": measured.without_stages,
        "unstaged": now.unstaged - then.unstaged if known else 0,
        "outliers": [
            replace(one, steal=_steal_at(one.t_ns, window)) for one in measured.aftermath.outliers
        ],
    }


def _steal_at(t_ns: int, window: Window) -> float | None:
    """Steal in the interval of the time series that holds a moment; None after its end."""
    return next((sample.steal for sample in window.samples if t_ns <= sample.t_ns), None)


def _load(measured: Measurement, context: Context) -> LoadResult | None:
    opening, closing = measured.window.opening.load, measured.window.closing.load
    total = measured.aftermath.load
    if opening is None or closing is None or total is None:
        return None
    return to_result(
        LoadPlan.of(context.planned.cell, context.seed),
        closing.since(opening),
        total.due_between(opening, closing),
        total,
        cpus=measured.load_cpus,
        host=measured.load_host,
    )


def _callbacks(window: Window, context: Context, load: LoadResult | None) -> Callbacks:
    opening, closing = window.opening.counters, window.closing.counters
    fired = closing.fired - opening.fired
    fired_hz = fired * NS_PER_S / window.length_ns
    offered = _offered_hz(context, load)
    cell = context.planned.cell
    known = cell.instrument.times_each or context.program.keeps_grid(cell)
    fixed = cell.timeout_shape is TimeoutShape.FIXED
    periodic = context.program.rearms(cell) and known and fixed
    return Callbacks(
        fired=fired,
        offered_hz=offered,
        fired_hz=fired_hz,
        served=fired_hz / offered if offered else None,
        missed_periods=closing.missed_periods - opening.missed_periods if periodic else None,
        timed=_timed(window, cell),
        **places_of(
            opening,
            closing,
            recorded=cell.instrument.times_each and cell.engine.facts.in_softirq,
        ),
    )


def _timed(window: Window, cell: Cell) -> int | None:
    if not cell.instrument.records_lateness or not cell.engine.facts.has_expiry:
        return None
    found = window.closing.counters.lateness_since(window.opening.counters)
    return found.count + found.negative


def _notes(measured: Measurement, cpus: int, lost: Sequence[str]) -> list[str]:
    met = [f"connections met this host's limits: {'; '.join(lost)}"] if lost else []
    return [*measured.aftermath.fallbacks, *notes_of(measured.window.samples, cpus), *met]


def _with_causes(reason: Reason, lost: Sequence[str]) -> str:
    """A load that fell short may have met limits of the host: the reason names them."""
    if reason.code is not Code.LOAD_SHORT or not lost:
        return reason.text
    return f"{reason.text}; meanwhile this host counted {', '.join(lost)}"


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


def _noise(window: Window, context: Context, load_host: str | None) -> Noise:
    seen = window.closing.noise.since(window.opening.noise)
    loaded = _here(context) and window.opening.load is not None
    begun = loaded and load_host is None
    payload = context.planned.cell.payload_bytes
    foreign = foreign_traffic(window, loaded_here=loaded, begun_here=begun, payload_bytes=payload)
    return replace(
        seen,
        drifted=context.drifted,
        foreign_connections=foreign.connections,
        foreign_packets=foreign.packets,
        traffic_ns=foreign.window_ns,
    )


def _here(context: Context) -> bool:
    """Whether the trial's connections are of the runner's own network namespace."""
    return context.program.place is Place.HERE


def _cost(measured: Measurement, *, syscalls: bool) -> Cost:
    armed, steps_ns = measured.aftermath.counters.started, measured.timeline_ns
    arm_ns = steps_ns["arm"] / armed if syscalls and armed else None
    return Cost(arm_ns=arm_ns, timeline_ns=steps_ns)
