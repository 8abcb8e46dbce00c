"""Validity rules: a trial that breaks one was measured but must not be believed.

Pure. Each rule gives one sentence with the value seen and the bound.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from bench.reason import Code, Reason
from bench.record import Callbacks, Distribution, Ledger, LoadResult, Noise
from bench.units import NS_PER_S, format_count, format_percent
from bench.words.plurals import counted, plural

MIN_LOAD = 0.95
"""Achieved over offered connections below which the cell was not what it claims."""
MAX_LOAD = 1.05
"""Connections established in a window over those due in it above which a backlog from before it
was made up for, so that the window had more to do than the cell claims."""
MIN_CALLBACKS = 20
"""Fewest callbacks in a window: what a median needs, n >= 10 / (1 - 0.5)."""
LEAST_SAMPLED = 0.98
"""Samples over those that the period asks for below which a sampler did not sample at its rate."""
PAST_DEADLINE = Reason(Code.DEADLINE, "the program's own deadline passed within the window")
FOREIGN_HZ = 20
"""Connections/s beside the load's own that a host in use may see: somebody logs in, a monitor
asks a few services. Beyond it, and beyond FOREIGN_SHARE of the load, they are a load themselves."""
FOREIGN_SHARE = 0.01
FOREIGN_LEAST = 10
"""So few connections in a window are no load, however short it is."""
PACKETS_HZ = 500
"""Packets/s that a host without a load may receive; terminals and a chatty network stay below a
fifth of it, and a load of a hundred connections/s reaches it."""


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
) -> list[Reason]:
    """Reasons why a measured trial is invalid; empty = ok."""
    return [
        *_ledger_rules(ledger),
        *(samples_rule(callbacks) if needs_callbacks else []),
        *_lateness_rules(lateness),
        *_load_rules(load),
        *_noise_rules(noise, max_steal),
        *([PAST_DEADLINE] if deadline_passed else []),
    ]


def _ledger_rules(ledger: Ledger) -> Iterator[Reason]:
    if not ledger.balanced:
        left = ledger.started + ledger.restarted
        right = ledger.fired + ledger.cancelled + ledger.freed + ledger.pending
        yield Reason(
            Code.LEDGER_OPEN, f"ledger open: started + restarted = {left}, accounted for = {right}"
        )
    for what, failed in (
        ("initialised", ledger.init_failed),
        ("inserted", ledger.insert_failed),
        ("started", ledger.start_failed),
        ("collected", ledger.collect_failed),
    ):
        if failed and not (failed is ledger.collect_failed and _only_evicted(ledger)):
            counts = ", ".join(f"{count} {name}" for name, count in failed.items())
            yield Reason(Code.TIMERS_REFUSED, f"timers not {what}: {counts}")
    kept = ledger.started - ledger.collected
    if ledger.collected and not ledger.freed_inferred and ledger.entries != kept:
        entries = counted(ledger.entries, "entry", "entries")
        yield Reason(Code.ENTRIES_LEFT, f"{entries} left in the map, {kept} not collected")
    if ledger.lost:
        timers = counted(ledger.lost, "timer")
        yield Reason(
            Code.TIMERS_LOST, f"{timers} lost: armed, but neither enqueued nor called back"
        )
    if ledger.other_clock:
        timers = counted(ledger.other_clock, "timer")
        run = plural(ledger.other_clock, "runs", "run")
        yield Reason(
            Code.OTHER_CLOCK, f"{timers} {run} on another clock than lateness is judged by"
        )
    if ledger.unmatched:
        timers = f"{ledger.unmatched:+d} {plural(abs(ledger.unmatched), 'timer')}"
        yield Reason(Code.UNMATCHED, f"{timers} against connection ends counted by the load")


def _only_evicted(ledger: Ledger) -> bool:
    """An LRU map may evict an entry while its callback runs, which then finds none."""
    return ledger.freed_inferred and set(ledger.collect_failed) == {"ENOENT"}


def samples_rule(callbacks: Callbacks | None) -> Iterator[Reason]:
    """Whether the window has callbacks enough for a median."""
    if callbacks is not None and callbacks.fired < MIN_CALLBACKS:
        seen = counted(callbacks.fired, "callback")
        yield Reason(
            Code.SAMPLES_FEW, f"too few samples: {seen}, at least {MIN_CALLBACKS} are needed"
        )


def _lateness_rules(lateness: Distribution | None) -> Iterator[Reason]:
    if lateness is not None and lateness.negative:
        early = counted(lateness.negative, "callback")
        yield Reason(Code.EARLY, f"{early} before their expiry")


def _load_rules(load: LoadResult | None) -> Iterator[Reason]:
    if load is None or not load.offered_hz:
        return
    share = load.achieved_hz / load.offered_hz
    if share < MIN_LOAD:
        yield Reason(
            Code.LOAD_SHORT,
            f"load {format_count(load.achieved_hz)}/s is {format_percent(share)} of offered "
            f"{format_count(load.offered_hz)}/s, at least {format_percent(MIN_LOAD)} is needed",
        )
    if load.intended and load.connections > MAX_LOAD * load.intended:
        early, most = load.backlog or 0, format_percent(MAX_LOAD)
        yield Reason(
            Code.LOAD_EXCESS,
            f"load of {counted(load.connections, 'connection')}, {early:,} of them due before the "
            f"window, is more than {most} of the {load.intended:,} due in it",
        )


def _noise_rules(noise: Noise, max_steal: float) -> Iterator[Reason]:
    if noise.steal > max_steal:
        yield Reason(
            Code.STEAL, f"steal {format_percent(noise.steal)} is above {format_percent(max_steal)}"
        )
    yield from drift_rules(noise.drifted)


def drift_rules(changes: Iterable[object]) -> list[Reason]:
    """Whether the host differs from what it was when the run began, with each change."""
    return [Reason(Code.DRIFT, f"host drifted: {change}") for change in changes]


def sampling_rules(measures: Mapping[str, int | float | None], cpus: int) -> list[Reason]:
    """Whether a sampler took the samples that its period asks for.

    Args:
        measures: With ``samples`` and ``expected_samples``; without them there is no rule.
        cpus: CPUs that are sampled: the window cuts one period of each.
    """
    taken, expected = measures.get("samples"), measures.get("expected_samples")
    if taken is None or expected is None or taken + cpus >= LEAST_SAMPLED * expected:
        return []
    share = f"{format_percent(taken / expected)} of {expected:,.0f} expected"
    return [
        Reason(
            Code.SAMPLES_FEW,
            f"too few samples: {taken:,.0f}, {share}, at least {format_percent(LEAST_SAMPLED)} "
            "are needed",
        )
    ]


def traffic_rules(noise: Noise, load: LoadResult | None) -> list[Reason]:
    """Whether something but the trial's own load came from the network.

    Args:
        noise: With what came.
        load: The load in the runner's network namespace; None = there is none.
    """
    seconds = (noise.traffic_ns or 0) / NS_PER_S
    if not seconds:
        return []
    own = load.achieved_hz if load else 0.0
    most_hz = max(FOREIGN_HZ, FOREIGN_SHARE * own, FOREIGN_LEAST / seconds)
    found = []
    if (noise.foreign_connections or 0) / seconds > most_hz:
        found.append(_foreign("connections", noise.foreign_connections or 0, seconds, most_hz))
    elif (noise.foreign_packets or 0) / seconds > PACKETS_HZ:
        found.append(_foreign("packets", noise.foreign_packets or 0, seconds, PACKETS_HZ))
    return found


def _foreign(what: str, count: int, seconds: float, most_hz: float) -> Reason:
    return Reason(
        Code.FOREIGN,
        f"{count / seconds:,.0f} {what}/s that are not this run's load arrived during the window, "
        f"at most {most_hz:,.0f}/s may",
    )
