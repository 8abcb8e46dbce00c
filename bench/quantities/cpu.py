"""Quantities of CPU time: softirqs, ksoftirqd, and what the hypervisor took."""

from __future__ import annotations

from bench.quantities.interval import observed_ns
from bench.quantities.quantity import Better, Quantity, Unit
from bench.quantities.softirq import softirq_ns
from bench.record import TrialRecord
from bench.units import NS_PER_S

OBSERVER = "the observer's hooks on softirqs, scaled to the kernel's own count"
IDLE = "the kernel's account of idle time, in /proc/stat"
SCHEDSTAT = "/proc/PID/schedstat of the ksoftirqd threads"


def _hrtimer_ns_per_callback(record: TrialRecord) -> float | None:
    """None for engines whose timeouts do not run in the HRTIMER softirq."""
    fired = record.callbacks.fired if record.callbacks else 0
    spent, seen_ns = softirq_ns(record, "hrtimer"), observed_ns(record)
    if not record.cell.engine.facts.in_softirq or spent is None or not fired or not seen_ns:
        return None
    # The observer is read after the counters, so its interval is another one: rates are divided.
    return spent / fired * (record.window_ns / seen_ns)


def softirq_share(record: TrialRecord, vector: str) -> float | None:
    """CPU time in softirqs of a vector over the window's length: 1 is one whole CPU."""
    return _per_observed(record, softirq_ns(record, vector))


def _wakeups_hz(record: TrialRecord) -> float | None:
    wakeups = _per_observed(record, record.ksoftirqd.wakeups if record.ksoftirqd else None)
    return None if wakeups is None else wakeups * NS_PER_S


def _per_time(record: TrialRecord, amount: float | None) -> float | None:
    """An amount over the window's length, ns."""
    return amount / record.window_ns if amount is not None and record.window_ns else None


def _per_observed(record: TrialRecord, amount: float | None) -> float | None:
    """One of the observer's amounts over the interval that it is of, ns."""
    return amount / observed_ns(record) if amount is not None and record.window_ns else None


def idle_shares(record: TrialRecord) -> list[float]:
    """Share of the window in which each CPU had nothing to run; empty if it was not measured."""
    use = record.cpu_use
    return [idle / use.window_ns for idle in use.idle_ns] if use and use.window_ns else []


def _idle_left(record: TrialRecord) -> float | None:
    shares = idle_shares(record)
    return sum(shares) / len(shares) if shares else None


def engine_share(record: TrialRecord) -> float | None:
    """CPU time of the engine's own loop over the window's length; None for those without."""
    measure = record.cell.engine.facts.cpu_measure
    return _per_time(record, record.measures.get(measure)) if measure else None


KSOFTIRQD_CPU = Quantity(
    title="ksoftirqd CPU",
    meaning="CPU time of all ksoftirqd threads as a share of all CPUs",
    unit=Unit.SHARE,
    value=lambda record: record.ksoftirqd.cpu_share if record.ksoftirqd else None,
    better=Better.LOWER,
    goal="ksoftirqd",
    source=SCHEDSTAT,
)
CPU_PER_CALLBACK = Quantity(
    title="CPU per callback",
    definition=2,
    meaning="CPU time of the HRTIMER softirq over callbacks fired, wherever they ran",
    unit=Unit.NS,
    value=_hrtimer_ns_per_callback,
    better=Better.LOWER,
    source=OBSERVER,
)
HRTIMER_CPU = Quantity(
    title="HRTIMER softirq",
    definition=2,
    meaning="CPU time in the softirq that runs the callbacks; 100% is one whole CPU",
    unit=Unit.SHARE,
    value=lambda record: softirq_share(record, "hrtimer"),
    better=Better.LOWER,
    source=OBSERVER,
)
NET_RX_CPU = Quantity(
    title="NET_RX softirq",
    definition=2,
    meaning="CPU time in the softirq that receives packets; 100% is one whole CPU",
    unit=Unit.SHARE,
    value=lambda record: softirq_share(record, "net_rx"),
    better=Better.LOWER,
    source=OBSERVER,
)
WAKEUPS = Quantity(
    title="ksoftirqd wake-ups/s",
    meaning="how often a ksoftirqd thread was woken",
    unit=Unit.HZ,
    value=_wakeups_hz,
    better=Better.LOWER,
    source="the observer's hook on wake-ups",
)
KSOFTIRQD_TIME = Quantity(
    title="ksoftirqd CPU time per time",
    meaning="CPU time of all ksoftirqd threads; 100% is one whole CPU",
    unit=Unit.SHARE,
    value=lambda record: _per_observed(
        record, record.ksoftirqd.cpu_ns if record.ksoftirqd else None
    ),
    better=Better.LOWER,
    source=SCHEDSTAT,
)
RUNQ_DELAY = Quantity(
    title="ksoftirqd run-queue delay per time",
    meaning="time that ksoftirqd threads were runnable but had no CPU; 100% is one thread all the "
    "time",
    unit=Unit.SHARE,
    value=lambda record: _per_observed(
        record, record.ksoftirqd.runq_delay_ns if record.ksoftirqd else None
    ),
    better=Better.LOWER,
    source=SCHEDSTAT,
)
ENGINE_CPU = Quantity(
    title="engine CPU",
    meaning="CPU time of the engine's own loop in user space; 100% is one whole CPU",
    unit=Unit.SHARE,
    value=engine_share,
    better=Better.LOWER,
    source="the process's own clock, or /proc/PID/schedstat of the loop",
)
IDLE_LEFT = Quantity(
    title="idle CPU left",
    meaning="share of all CPUs' time in which they had nothing to run; 0% is a full host",
    unit=Unit.SHARE,
    value=_idle_left,
    better=Better.HIGHER,
    source=IDLE,
)
LEAST_IDLE = Quantity(
    title="idle left on the busiest CPU",
    meaning="share of time in which the CPU that had least of it had nothing to run; 0% is a full "
    "CPU",
    unit=Unit.SHARE,
    value=lambda record: min(idle_shares(record), default=None),
    better=Better.HIGHER,
    source=IDLE,
)
STEAL = Quantity(
    title="steal",
    meaning="share of CPU time that the hypervisor took",
    unit=Unit.SHARE,
    value=lambda record: record.noise.steal if record.noise else None,
    better=Better.LOWER,
    source="/proc/stat",
)
