"""What one trial saw: marks at the window's ends, samples within, the state afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bench.host.idle_account import IdleSnapshot
from bench.host.noise import NoiseSnapshot
from bench.host.traffic import Traffic
from bench.load.controller import LoadSnapshot
from bench.observers.base import ObserverSnapshot
from bench.programs.census import Census, Counting
from bench.programs.counters import Counters
from bench.reason import Reason
from bench.record import HookChoice, Outlier, Politeness


@dataclass(frozen=True, slots=True)
class Mark:
    """Snapshots of every source at one end of the window, each with its own clock reading.

    Attributes:
        traffic: Of the runner's network namespace; read after ``load`` at the opening and
            before it at the closing, so that all of it lies between.
        drops: What the kernel dropped of connections in that namespace so far, by cause.
    """

    counters: Counters
    observed: ObserverSnapshot
    noise: NoiseSnapshot
    idle: IdleSnapshot
    load: LoadSnapshot | None
    traffic: Traffic
    driven: Mapping[str, int] = field(default_factory=dict)
    drops: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sample:
    """One point of a trial's time series; rates are over the time since the sample before.

    Attributes:
        t_ns: Time since the window opened.
        callbacks_hz: Callbacks per second.
        p99_ns: 99th percentile of lateness since the window opened.
        ksoftirqd_share: CPU time of all ksoftirqd threads over the time of all CPUs.
        steal: Share of CPU time taken by the hypervisor.
        connections_hz: Connections per second, None without load.
        mean_ns: Mean lateness since the sample before; None without callbacks.
        batch: Callbacks per HRTIMER softirq of the host since then; None where there was none, or
            the engine's callbacks run in no softirq.
    """

    t_ns: int
    callbacks_hz: float
    p99_ns: int | None
    ksoftirqd_share: float
    steal: float
    connections_hz: float | None
    mean_ns: float | None = None
    batch: float | None = None


@dataclass(frozen=True, slots=True)
class Window:
    """The measured interval.

    Attributes:
        deadline_passed: The program stopped arming by itself before the window closed.
        gauges: What the program had at its end, by name.
        polite: What others met, of a trial that minds them.
        ended: Why it was ended before its time, for their sake; None if it was not.
    """

    opening: Mark
    closing: Mark
    samples: list[Sample]
    deadline_passed: bool
    gauges: Mapping[str, int] = field(default_factory=dict)
    polite: Politeness | None = None
    ended: Reason | None = None

    @property
    def length_ns(self) -> int:
        """Time between the two snapshots of the program's counters."""
        return self.closing.counters.t_ns - self.opening.counters.t_ns

    def counts(self) -> dict[str, int]:
        """What the program's own counters and the activities counted within it."""
        now, then = self.closing, self.opening
        own = _less(now.counters.measures, then.counters.measures)
        return own | _less(now.driven, then.driven)


def _less(now: Mapping[str, int], then: Mapping[str, int]) -> dict[str, int]:
    return {name: count - then.get(name, 0) for name, count in now.items()}


@dataclass(frozen=True, slots=True)
class Aftermath:
    """The state after nothing was armed any more.

    Attributes:
        counters: Final counters of the whole trial.
        found: Census after the cancellation.
        lost: Timers that stayed armed without being enqueued, before the cancellation.
        load: Final snapshot of the load.
        driven: Final counts of the activities.
        outliers: The latest callbacks of the window, latest first.
        missed: Program -> its runs that the kernel left out; None where it does not count them.
        counting: How the ledger's terms were counted; None = by the program itself.
        fallbacks: What the subject did otherwise than the cell says, a sentence each.
    """

    counters: Counters
    found: Census
    lost: int
    load: LoadSnapshot | None
    driven: Mapping[str, int] = field(default_factory=dict)
    outliers: list[Outlier] = field(default_factory=list)
    missed: Mapping[str, int] | None = None
    fallbacks: list[str] = field(default_factory=list)
    counting: Counting | None = None


@dataclass(frozen=True, slots=True)
class Measurement:
    """Everything from which the record of a trial is made.

    Attributes:
        without_stages: Why there are no stages, None if there are.
    """

    window: Window
    aftermath: Aftermath
    hook: HookChoice | None
    load_cpus: Mapping[str, list[int]] = field(default_factory=dict)
    load_host: str | None = None
    timeline_ns: dict[str, int] = field(default_factory=dict)
    without_stages: str | None = None
