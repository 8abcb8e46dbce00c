"""Validity rules: a trial that breaks one was measured but must not be believed.

Pure. Each rule gives one sentence with the value seen and the bound.
"""

from __future__ import annotations

from collections.abc import Iterator

from bench.record import LOAD_SHORT, Callbacks, Distribution, Ledger, LoadResult, Noise
from bench.units import format_count, format_percent
from bench.words.plurals import counted, plural

MIN_LOAD = 0.95
"""Achieved over offered connections below which the cell was not what it claims."""
MIN_CALLBACKS = 20
"""Fewest callbacks in a window: what a median needs, n >= 10 / (1 - 0.5)."""


def broken_rules(
    *,
    ledger: Ledger,
    callbacks: Callbacks | None,
    lateness: Distribution | None,
    load: LoadResult | None,
    noise: Noise,
    max_steal: float,
    deadline_passed: bool,
    needs_callbacks: bool = True,
) -> list[str]:
    """Reasons why a measured trial is invalid; empty = ok."""
    return [
        *_ledger_rules(ledger),
        *(_samples_rule(callbacks) if needs_callbacks else []),
        *_lateness_rules(lateness),
        *_load_rules(load),
        *_noise_rules(noise, max_steal),
        *(["the program's own deadline passed within the window"] if deadline_passed else []),
    ]


def _ledger_rules(ledger: Ledger) -> Iterator[str]:
    if not ledger.balanced:
        left = ledger.started + ledger.restarted
        right = ledger.fired + ledger.cancelled + ledger.freed + ledger.pending
        yield f"ledger open: started + restarted = {left}, accounted for = {right}"
    for what, failed in (
        ("initialised", ledger.init_failed),
        ("inserted", ledger.insert_failed),
        ("started", ledger.start_failed),
        ("collected", ledger.collect_failed),
    ):
        if failed and not (failed is ledger.collect_failed and _only_evicted(ledger)):
            counts = ", ".join(f"{count} {name}" for name, count in failed.items())
            yield f"timers not {what}: {counts}"
    kept = ledger.started - ledger.collected
    if ledger.collected and not ledger.freed_inferred and ledger.entries != kept:
        entries = counted(ledger.entries, "entry", "entries")
        yield f"{entries} left in the map, {kept} not collected"
    if ledger.lost:
        yield f"{counted(ledger.lost, 'timer')} lost: armed, but neither enqueued nor called back"
    if ledger.other_clock:
        timers = counted(ledger.other_clock, "timer")
        run = plural(ledger.other_clock, "runs", "run")
        yield f"{timers} {run} on another clock than lateness is judged by"
    if ledger.unmatched:
        timers = plural(abs(ledger.unmatched), "timer")
        yield f"{ledger.unmatched:+d} {timers} against connection ends counted by the load"


def _only_evicted(ledger: Ledger) -> bool:
    """An LRU map may evict an entry while its callback runs, which then finds none."""
    return ledger.freed_inferred and set(ledger.collect_failed) == {"ENOENT"}


def _samples_rule(callbacks: Callbacks | None) -> Iterator[str]:
    if callbacks is not None and callbacks.fired < MIN_CALLBACKS:
        seen = counted(callbacks.fired, "callback")
        yield f"too few samples: {seen}, at least {MIN_CALLBACKS} are needed"


def _lateness_rules(lateness: Distribution | None) -> Iterator[str]:
    if lateness is not None and lateness.negative:
        yield f"{counted(lateness.negative, 'callback')} before their expiry"


def _load_rules(load: LoadResult | None) -> Iterator[str]:
    if load is None or not load.offered_hz:
        return
    share = load.achieved_hz / load.offered_hz
    if share < MIN_LOAD:
        yield (
            f"{LOAD_SHORT}{format_count(load.achieved_hz)}/s is {format_percent(share)} of offered "
            f"{format_count(load.offered_hz)}/s, at least {format_percent(MIN_LOAD)} is needed"
        )


def _noise_rules(noise: Noise, max_steal: float) -> Iterator[str]:
    if noise.steal > max_steal:
        yield f"steal {format_percent(noise.steal)} is above {format_percent(max_steal)}"
    for change in noise.drifted:
        yield f"host drifted: {change}"
