"""Quantities that only some programs or engines have: their own counts and distributions.

A name that is not declared here, of a program that came later, is shown all the same: its unit is
the ending of its name, and its meaning is the name.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bench.quantities.quantity import Better, Quantity, Unit, Value
from bench.quantities.stages import STAGES
from bench.record import TrialRecord

_ENDINGS = {"_ns": Unit.NS, "_hz": Unit.HZ, "_share": Unit.SHARE}

COUNTS: dict[str, tuple[str, Better | None]] = {
    "samples": ("samples taken", None),
    "expected_samples": ("samples that the event's own time asks for", None),
    "unprofiled": ("samples of tasks that are in no profile", None),
    "drift_ns": ("time by which a CPU's samples lag their period, over the window", Better.LOWER),
    "drift_share": (
        "lag of a CPU's samples over the time that they should have taken",
        Better.LOWER,
    ),
    "run_ns": ("time of one run of the program, by the kernel's own count", Better.LOWER),
    "busy_share": ("CPU time of the busy processes over all CPU time", None),
    "profile_error_share": ("largest error of a busy process's share in the profile", Better.LOWER),
    "packets": ("packets that the program saw", None),
    "packets_offered": ("packets asked for", None),
    "packets_sent": ("packets sent", None),
    "packets_silenced": ("packets kept back, because their backend was to be silent", None),
    "packets_dropped": ("packets refused by the full ring", Better.LOWER),
    "packets_pushed_back": ("packets that pushed back the timer of their flow", None),
    "packets_untimed": ("packets whose flow got no timer", Better.LOWER),
    "flows_live": ("flows in the table at the window's end", None),
    "outages": ("outages that began", None),
    "outages_ended": ("outages that ended", None),
    "marked_down": ("backends marked down", None),
    "detected": ("of these, those that were silent", None),
    "false_alarms": ("backends marked down although they were not silent", Better.LOWER),
    "marked_up": ("backends marked up again", None),
    "backends_down": ("backends that are down at the window's end", None),
    "called": ("operations called", None),
    "called_hz": ("operations called per second", Better.HIGHER),
    "inserted": ("entries inserted", None),
    "removed": ("entries removed", None),
    "skipped": ("operations left out, because their entry was not in the state for it", None),
    "discarded": ("timed calls left out, because an interrupt fell into them", None),
    "overtaken": ("callbacks whose timer was started again before they ran", None),
    "unjudged": ("callbacks whose lateness no expiry was known for", None),
    "gc_scans": ("scans of the whole map by the engine", None),
    "gc_scanned": ("entries that these looked at", None),
    "gc_scan_ns": ("time of these scans", Better.LOWER),
    "gc_cpu_ns": ("CPU time of the process that scans, or calls the scan", Better.LOWER),
    "entry_bytes": (
        "kernel memory of the table over the entries that it has room for",
        Better.LOWER,
    ),
    "timer_bytes": ("kernel memory of an entry's timer, and work, beside the table", Better.LOWER),
    "young_due": ("entries inserted within the last timeout, which a timer would still have", None),
    "lost_early": ("of these, those that the map has evicted", Better.LOWER),
    "pushed_back": ("starts of timers that were in a queue already", None),
    "started_hz": ("starts per second of timers that were in no queue", None),
    "pushed_back_hz": ("starts per second of timers that were in a queue already", None),
    "cancelled_hz": ("timers per second that left their queue and did not expire", None),
    "requested_hz": ("calls of bpf_timer_start per second", None),
    "run_cpu_share": ("CPU time of the callbacks over that of one CPU", Better.LOWER),
    "armed": ("timers armed at the end", None),
    "loop_cpu_ns": ("CPU time of the loop in user space", Better.LOWER),
}
"""Numbers of a window by their name in ``measures``: meaning, and which direction is better."""

DISTRIBUTIONS: dict[str, str] = {
    "interval": "time between two samples of a CPU",
    "jitter": "distance of an interval from the period",
    "sample_cost": "time of a sample within the program; entering the interrupt is not in it",
    "detection_delay": "time from a backend's last packet to its being marked down",
    "clock": "two readings of the clock, which every time of one call contains",
    "insert": "inserting an entry",
    "init": "bpf_timer_init, the one call that succeeds",
    "set_callback": "bpf_timer_set_callback",
    "start_idle": "bpf_timer_start of a timer that is not pending",
    "push_back_later": "bpf_timer_start of a pending timer, with a later expiry",
    "push_back_sooner": "bpf_timer_start of a pending timer, with a sooner expiry",
    "cancel": "bpf_timer_cancel of a pending timer",
    "delete_pending": "deleting an entry whose timer is pending",
    "delete_fired": "deleting an entry whose timer is not pending",
    "replace": "replacing an entry whose timer is pending",
    "callback": "the callback's own run time, without what the kernel does around it",
    "run": "run time of the callbacks of somebody else's program",
    "ahead": "time from the call of bpf_timer_start to the expiry that it asks for",
    "queued": "time from the call of bpf_timer_start until the timer is in a queue",
    "cyclictest": "overshoot of cyclictest's sleeps in user space",
    "hard_timer": "lateness of the timers that end sleeps without slack, in the hard interrupt",
    "start": "bpf_timer_set_callback and bpf_timer_start in one, of earlier versions",
    "push": "pushing back a pending timer, of earlier versions",
    "delete": "deleting an entry, of earlier versions",
}
"""Distributions, in ns, by their name in ``distributions``."""

TITLES = {"set_callback": "set_callback"}
"""Names that are not written with spaces."""

QUANTILES = ("p50", "p99")
"""Percentiles of a distribution that are quantities."""

CHANGED: dict[str, int] = {
    "init": 2,
    "replace": 2,
    "hard_timer": 2,
    "gc_scan_ns": 2,
    "gc_cpu_ns": 2,
}
"""Number of the definition of names whose meaning has changed; of all others it is 1."""


def declared() -> list[Quantity]:
    """All quantities whose names are declared here."""
    durations = [_duration(name, quantile) for name in DISTRIBUTIONS for quantile in QUANTILES]
    return [*(_count(name) for name in COUNTS), *durations, *STAGES]


def own_quantities(records: Iterable[TrialRecord]) -> list[Quantity]:
    """What these trials measured beside what every trial has, by name."""
    known = list(records)
    counts = sorted(
        {name for r in known for name, value in r.measures.items() if value is not None}
    )
    return [*(_count(name) for name in counts), *own_durations(known)]


def own_durations(records: Sequence[TrialRecord]) -> list[Quantity]:
    """Median and p99 of each distribution that programs measure themselves; shorter is better."""
    names = sorted({name for record in records for name in record.distributions})
    return [_duration(name, quantile) for name in names for quantile in QUANTILES]


def _count(name: str) -> Quantity:
    ending = next((e for e in _ENDINGS if name.endswith(e)), "")
    shown = "/s" if ending == "_hz" else " share" if ending == "_share" else ""
    title = name.removesuffix(ending).replace("_", " ") + shown
    meaning, better = COUNTS.get(name, (title, None))

    def value(record: TrialRecord) -> float | None:
        return record.measures.get(name)

    unit = _ENDINGS.get(ending, Unit.COUNT)
    return Quantity(
        title=title,
        meaning=meaning,
        unit=unit,
        value=value,
        better=better,
        definition=CHANGED.get(name, 1),
    )


def _duration(name: str, quantile: str) -> Quantity:
    return Quantity(
        title=f"{quantile} {TITLES.get(name, name.replace('_', ' '))}",
        meaning=f"{DISTRIBUTIONS.get(name, name)}; {quantile}",
        unit=Unit.NS,
        value=_percentile(name, f"{quantile}_ns"),
        better=Better.LOWER,
        definition=CHANGED.get(name, 1),
    )


def _percentile(name: str, field: str) -> Value:
    def value(record: TrialRecord) -> float | None:
        found = record.distributions.get(name)
        return getattr(found, field) if found else None

    return value
