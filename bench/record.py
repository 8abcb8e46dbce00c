"""Records of a run, format 2: one definition for validation, messages and JSON Schema.

Integers are counts or nanoseconds; ratios are derived by the reader. ``None`` means "not
measured" or "the sample cannot carry it", never zero.
"""

from __future__ import annotations

from dataclasses import field, replace
from enum import StrEnum
from typing import Annotated, Any

from pydantic import ConfigDict, Field, TypeAdapter
from pydantic.dataclasses import dataclass

from bench.spec import Cell, Sweep

FORMAT = 2
OPEN = ConfigDict(extra="ignore", defer_build=True)

Whole = Annotated[int, Field(ge=0)]
ByErrno = dict[str, int]
"""Errno name -> occurrences, for example ``{"ENOMEM": 3}``."""


class Status(StrEnum):
    """``invalid`` was measured but broke a validity rule; ``failed`` was not measured."""

    OK = "ok"
    INVALID = "invalid"
    FAILED = "failed"


class Virtual(StrEnum):
    """How a guest's instructions are executed. Emulated time is not a measurement."""

    KVM = "kvm"
    EMULATED = "emulated"


@dataclass(frozen=True, slots=True, kw_only=True, config=OPEN)
class Distribution:
    """Summary of a histogram, in ns; percentiles are None where n < 10 / (1 - q).

    Attributes:
        negative: Values below zero, counted apart: they mean a bug.
        overflow: Values beyond the histogram's range (2**36 ns).
        hdr: The whole histogram in HdrHistogram's compressed V2 encoding, base64.
    """

    count: Whole
    min_ns: int | None
    mean_ns: float | None
    p50_ns: int | None
    p90_ns: int | None
    p99_ns: int | None
    p999_ns: int | None
    max_ns: int | None
    negative: Whole = 0
    overflow: Whole = 0
    hdr: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True, config=OPEN)
class Callbacks:
    """Throughput within the window.

    Attributes:
        offered_hz: Expiries per second that the cell asks for; None in closed loop.
        missed_periods: Whole periods by which callbacks of re-arming timers came late.
        timed: Callbacks whose lateness and venue were recorded; None where none is.
        moved: Those on another CPU than the one that armed their timer; None likewise.
        by_cpu: Callbacks by CPU, of those that ran any; empty where there is no callback in a
            softirq, and in older records.
        armed_by_cpu: Timers first started by each CPU from the trial's begin to the window's end.
    """

    fired: Whole
    offered_hz: float | None
    fired_hz: float
    served: float | None
    missed_periods: Whole | None = None
    timed: Whole | None = None
    moved: Whole | None = None
    by_cpu: dict[str, Whole] = field(default_factory=dict)
    armed_by_cpu: dict[str, Whole] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True, config=OPEN)
class Venue:
    """Where the window's callbacks ran."""

    idle: Whole
    task: Whole
    ksoftirqd: Whole


@dataclass(frozen=True, slots=True, kw_only=True, config=OPEN)
class Ksoftirqd:
    """All ksoftirqd threads together, within the window.

    Attributes:
        cpu_share: cpu_ns over window times CPUs.
        runq_delay_ns: Time spent runnable but waiting for a CPU.
        wakeups: None where the observer cannot count them (procfs).
    """

    cpu_ns: Whole
    cpu_share: float
    runq_delay_ns: Whole | None
    wakeups: Whole | None


@dataclass(frozen=True, slots=True, kw_only=True, config=OPEN)
class LoadResult:
    """The synthetic load within the window.

    Attributes:
        achieved_hz: Connections due in the window and established by its end, per second; of a
            closed loop, and in older records, all that were established in it.
        intended: Connections due in the window; None in closed loop and in older records.
        connections: Connections established in the window.
        connections_total: Connections established in the whole trial.
        backlog: Of ``connections``, those that were due before the window; None in older records.
        connect: Delay from the intended time to establishment of all that were due in the window;
            those missed or unanswered count with the length of the window, which is the least that
            it can be. In older records of those established in it only.
        missed: Of those due in the window, never attempted; ``unanswered`` were attempted but never
            established, None in older records.
        host: Host that made the connections and measured ``connect`` by its own clock; None =
            the host of the run.
    """

    offered_hz: float | None
    achieved_hz: float
    intended: Whole | None = None
    connections: Whole
    connections_total: Whole
    backlog: Whole | None = None
    errors: ByErrno
    connect: Distribution | None
    missed: Whole = 0
    unanswered: Whole | None = None
    cpus: dict[str, list[int]] = field(default_factory=dict)
    host: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True, config=OPEN)
class Ledger:
    """Account of every timer of the whole trial.

    Balanced means ``started + restarted == fired + cancelled + freed + pending``; each
    term is counted on its own, ``pending`` by a census of the map.

    Attributes:
        init_retried: Attempts of bpf_timer_init that met -ENOMEM and were repeated at once.
        insert_failed: Entries that could not be created, by errno, so no timer exists.
        dropped: Of the cancelled, those that expired while they were being cancelled: the
            kernel dropped their callback, and bpf_timer_cancel returned 0.
        lost: Timers found armed, but neither enqueued nor called back.
        seeded: Of the started, those armed before the load began, as counted by what armed them;
            0 where there is no population.
        collected: Entries that their callback deleted; 0 for programs that keep them.
        entries: Entries in the map at the end, by census.
        collect_failed: Callbacks that could not delete their entry, by errno.
        unmatched: Timers more (+) or fewer (-) than the load's own count of connection
            ends; None where the program has no such second source.
        other_clock: Timers that the kernel put on another clock than their lateness is
            judged by.
        freed_inferred: ``freed`` follows from entries inserted, removed and left, because
            the kernel does not report which entry of an LRU map it evicted.
        uncertain: Events of the time in which timers of somebody else's program were counted by
            walking its map, so that they may be missing or counted twice: so much may be left
            of a balanced ledger.
        counted: Term -> how it was counted, or why it is not known; empty where the program
            under test counts itself.
    """

    inited: Whole
    init_retried: Whole = 0
    init_failed: ByErrno
    insert_failed: ByErrno
    started: Whole
    seeded: Whole = 0
    restarted: Whole
    start_failed: ByErrno
    fired: Whole
    cancelled: Whole
    dropped: Whole = 0
    freed: Whole
    pending: Whole
    lost: Whole = 0
    collected: Whole = 0
    entries: Whole = 0
    collect_failed: ByErrno = field(default_factory=dict)
    balanced: bool
    unmatched: int | None = None
    other_clock: Whole = 0
    freed_inferred: bool = False
    uncertain: Whole = 0
    counted: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True, config=OPEN)
class Live:
    """Timers alive at the window's ends, of a cell with a population: started less ended.

    Attributes:
        opening: When the window opened, and ``closing`` when it closed; None for maps that evict,
            because the kernel does not report what it evicted.
        load_factor: Of the map when the window opened: ``opening`` over its size.
    """

    opening: Whole | None
    closing: Whole | None
    load_factor: float | None


@dataclass(frozen=True, slots=True, kw_only=True, config=OPEN)
class Noise:
    """What else happened on the host in the window.

    Attributes:
        steal: Share of CPU time taken by the hypervisor.
        involuntary_switches: Of the runner's own process.
        interrupts: Hardware interrupts of all CPUs.
        drifted: Fingerprint facts that were not, before or after this trial, as at the run's
            begin.
        foreign_connections: TCP connections begun, accepted or refused in the runner's network
            namespace beside those of the trial's load; None in older records.
        foreign_packets: Packets received there; beside a load, UDP datagrams and such TCP segments
            as cannot be its own; None in older records with a load.
        traffic_ns: Time that both are of; None in older records.
    """

    steal: float
    involuntary_switches: Whole
    interrupts: Whole
    drifted: list[str] = field(default_factory=list)
    foreign_connections: Whole | None = None
    foreign_packets: Whole | None = None
    traffic_ns: Whole | None = None


@dataclass(frozen=True, slots=True, kw_only=True, config=OPEN)
class Politeness:
    """What others met during a trial that minds them: the worst of all looks.

    Attributes:
        looks: How often it looked at what others met since the look before.
        cpu_share: Share of the time in which some task of the host waited for a CPU (PSI), and
            ``memory_share`` for memory; None where the kernel does not count it.
        wait_share: Share of the time in which processes of others wanted a CPU that they waited
            for one; 0 where they waited for next to nothing, None where the kernel does not say.
        connect_ns: Time that a connection took that is none of the load; None without a look.
    """

    looks: Whole = 0
    cpu_share: float | None = None
    memory_share: float | None = None
    wait_share: float | None = None
    connect_ns: Whole | None = None


@dataclass(frozen=True, slots=True, kw_only=True, config=OPEN)
class CpuUse:
    """What the CPUs did in the window; lists are in the order of ``cpus``.

    A CPU was used for ``window_ns`` less its idle time, by whatever: tasks, softirqs, interrupts.

    Attributes:
        window_ns: Time between the two readings of the idle time.
        cpus: Online CPUs.
        idle_ns: Time in which a CPU had nothing to run, without interrupts that came meanwhile.
        steal_ns: Time taken by the hypervisor, in ticks of 10 ms.
        source: What idle time was read from: ``proc_stat``.
        step_ns: Steps in which the source counts.
        exact: Idle time is the difference of clock readings, by a test of this host; False = whole
            ticks are charged; None = not known.
        runner_ns: CPU time of the runner's own thread: reading and sampling.
        freeing_ns: CPU time of the kernel threads that free memory: kworkers and those of RCU.
        others_ns: CPU time of processes that are none of this run, in ticks of 10 ms; None in
            older records.
    """

    window_ns: Whole
    cpus: list[int]
    idle_ns: list[Whole]
    steal_ns: list[Whole]
    source: str
    step_ns: Whole
    exact: bool | None = None
    runner_ns: Whole | None = None
    freeing_ns: Whole | None = None
    others_ns: Whole | None = None


@dataclass(frozen=True, slots=True, kw_only=True, config=OPEN)
class TotalCost:
    """What a trial's timers cost, whatever thread or softirq did the work.

    It is the CPU use of the cell less that of its reference in the same block, both without an
    observer: the same host, load, flood and busy processes without timers. It follows from several
    trials, so it is derived when a run is read. Figures are ns per callback.

    Attributes:
        refused: Why there are no figures; None if there are.
        trial: That in which the CPU use was taken, and ``reference`` that without timers.
        share: Of the time of one CPU.
        ns: Per callback; None for engines that have none.
        less_steal_ns: The same without what steal differs by.
        firing_ns: HRTIMER softirqs, and ``freeing_ns`` RCU softirqs and the kernel threads that
            free memory, and ``packets_ns`` NET_RX and NET_TX softirqs.
        engine_ns: The engine's own loop in user space; None for those that have none.
        interrupts_ns: Hard interrupts.
        rest_ns: What the parts known leave of ``ns``; may be negative.
    """

    refused: str | None = None
    trial: Whole | None = None
    reference: Whole | None = None
    share: float | None = None
    ns: float | None = None
    less_steal_ns: float | None = None
    firing_ns: float | None = None
    freeing_ns: float | None = None
    packets_ns: float | None = None
    engine_ns: float | None = None
    interrupts_ns: float | None = None
    rest_ns: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True, config=OPEN)
class Cost:
    """Time to arm one timer, ns; and where the trial's own time went, ns by step.

    Attributes:
        total: What its timers cost; None where no trial of its block tells.
    """

    arm_ns: float | None = None
    total: TotalCost | None = None
    timeline_ns: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True, config=OPEN)
class Outlier:
    """One of a trial's latest callbacks, with what delayed it; times in ns.

    Attributes:
        t_ns: When the callback ran, since the window opened.
        irq_ns: Part of lateness: softirq raised after the expiry; ``entry_ns`` and
            ``queue_ns`` are the two other parts.
        venue: ``idle``, ``task`` or ``ksoftirqd``.
        pid: Task that it ran over, with its name ``comm``.
        before: Softirq vector that ran before on this CPU, None if unknown, for
            ``before_ns``; it ended ``since_before_ns`` before this one was entered.
        steal: Share of the CPUs' time stolen in the interval of the time series it is in.
    """

    t_ns: int
    lateness_ns: int
    cpu: Whole
    irq_ns: int | None = None
    entry_ns: int | None = None
    queue_ns: int | None = None
    venue: str
    pid: Whole
    comm: str = ""
    before: str | None = None
    before_ns: int | None = None
    since_before_ns: int | None = None
    steal: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True, config=OPEN)
class HookChoice:
    """The hook that was used and why others were refused: the kernel's words by hook."""

    used: str
    refused: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True, config=OPEN)
class Reserve:
    """Memory reserve against -ENOMEM of bpf_timer_init.

    Attributes:
        reason: Why it was or was not used, as probed on this kernel.
    """

    used: bool
    reason: str
    objects: Whole = 0
    object_bytes: Whole = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True, config=OPEN)
class ObserverInfo:
    """The observer that really delivered the figures, and facts about its build."""

    name: str
    detail: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True, config=OPEN)
class TrialRecord:
    """One line of ``trials.jsonl``.

    Attributes:
        format: That of the line as it was written.
        reasons: Why the trial does not count, and ``codes`` the kind of each
            (:class:`bench.reason.Code`).
        softirq_ns: Vector -> time in its softirqs that the observer saw, all CPUs, and
            ``softirq_count`` their number; ``softirq_total`` is the kernel's own number.
        softirq_thread_ns: Of ``softirq_ns``, what ran over ksoftirqd threads, and
            ``softirq_thread_count`` their number: the observer sees all of these.
        observed_ns: Time between the observer's two snapshots, which its figures are of; None
            in older records.
        recursion_misses: Program -> runs that the kernel left out, because the program ran on
            that CPU already: of the subject's hooks in the whole trial, of the observer's in
            the window. Programs without any are left out; None where the kernel does not count.
        live: Timers alive in the window; None for cells without a population.
        cpu_use: Time that the CPUs were idle; None in older records.
        polite: What others met; None for trials that do not mind them.
        notes: What a reader should know although the trial counts: an unsteady window.
        age_ns: Time between arming and window of timers that age by nature (re-arm relative): what
            they do depends on it. None for all others.
        thirds: Series of the window -> its means in the first and in the last third; empty for
            windows too short for thirds, and in older records.
        measures: The program's own numbers within the window, by name; a name ends in its
            unit (``_ns``, ``_hz``, ``_share``), counts have none.
        distributions: The program's own distributions within the window, by name.
        errors: Results of the program's own operations by errno, by operation.
        outliers: The latest callbacks of the window, latest first.
        without_stages: Why ``stages`` is None; None if it is not.
        unstaged: Callbacks of the window whose stages are unknown, because no hook ran over
            the task that their softirq interrupted.
    """

    format: int = FORMAT
    trial: Whole
    block: Whole
    status: Status
    reasons: list[str] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    error: str | None = None
    cell: Cell
    started: str = ""
    window_ns: Whole = 0
    age_ns: Whole | None = None
    thirds: dict[str, tuple[float, float]] = field(default_factory=dict)
    callbacks: Callbacks | None = None
    lateness: Distribution | None = None
    stages: dict[str, Distribution] | None = None
    venue: Venue | None = None
    ksoftirqd: Ksoftirqd | None = None
    softirq_ns: dict[str, int] | None = None
    softirq_count: dict[str, int] | None = None
    softirq_total: dict[str, int] | None = None
    softirq_thread_ns: dict[str, int] | None = None
    softirq_thread_count: dict[str, int] | None = None
    observed_ns: Whole | None = None
    recursion_misses: dict[str, int] | None = None
    load: LoadResult | None = None
    ledger: Ledger | None = None
    live: Live | None = None
    noise: Noise | None = None
    cpu_use: CpuUse | None = None
    polite: Politeness | None = None
    cost: Cost | None = None
    measures: dict[str, int | float | None] = field(default_factory=dict)
    distributions: dict[str, Distribution] = field(default_factory=dict)
    errors: dict[str, ByErrno] = field(default_factory=dict)
    outliers: list[Outlier] = field(default_factory=list)
    without_stages: str | None = None
    unstaged: Whole = 0
    hook: HookChoice | None = None
    reserve: Reserve | None = None
    observer: ObserverInfo | None = None


@dataclass(frozen=True, slots=True, kw_only=True, config=OPEN)
class Definitions:
    """Number of the meaning that each quantity and axis has in a run, by key and field.

    What stands in neither has its first meaning, 1: so does everything of format 1.
    """

    quantities: dict[str, int] = field(default_factory=dict)
    axes: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True, config=OPEN)
class PairedQuestion:
    """What a run of ``bench ab`` asks: is ``b`` worse than ``a``? Declared before its first trial.

    Attributes:
        metric: Title of the metric that decides.
        margin: Change that matters: relative (0.1 = 10 %), of a share in points (0.01 = 1 point).
        pairs: Most pairs that are measured.
        sysctl: Setting of the host that differs; None = the cells themselves do.
    """

    a: Cell
    b: Cell
    metric: str
    margin: float
    pairs: Annotated[int, Field(ge=1)]
    sysctl: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True, config=OPEN)
class CellPilot:
    """When a cell's series had settled in its pilot.

    Attributes:
        settled_ns: Time since the pilot's window opened; None where it is not known, or where it
            says nothing of the warm-up.
        why: Why it is None.
    """

    cell: Cell
    settled_ns: Whole | None
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, config=OPEN)
class Calibration:
    """How the warm-up of a run was found before its first block; it is that of ``sweep``.

    Attributes:
        least_ns: The warm-up that was asked for, with which the pilot began.
        pilot_ns: Window of the pilot's trials.
        of: The run whose warm-up it is; None = this run's own pilot found it.
        pilots: What the pilot found, by cell.
    """

    least_ns: Whole
    pilot_ns: Whole
    of: str | None = None
    pilots: list[CellPilot] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True, config=OPEN)
class Recording:
    """How ``bench watch`` recorded a host that others used: one observation, no experiment.

    Attributes:
        interval_ns: Time between two points of the time series. They are of one observation, and no
            trials.
        hooks: Programs that were attached, by name.
        sample: The lateness of one callback in so many was recorded.
        event_ns: Mean time that a hook took at an event; None if none was timed.
        cpu_share: What watching took, as a share of one CPU; None likewise.
    """

    interval_ns: Whole
    hooks: list[str]
    sample: Whole = 1
    event_ns: float | None = None
    cpu_share: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True, config=OPEN)
class RunHeader:
    """``run.json``: what was asked for, where and with what.

    Attributes:
        format: That of the file as it was written.
        finished: None while the run goes on or after it was interrupted.
        sweep: As resolved, with the seed that was used.
        host: Fingerprint: fact name -> value; stable facts only.
        tools: Versions of kernel-side and user-side tools, and the tool's git state.
        virtual: Set if the run was made in a guest of ``bench matrix``.
        boot_id: The kernel's boot that all its trials are of; None if it is unknown, or if the
            run was resumed in another.
        definitions: Which meaning its quantities and axes have.
        ab: What it asks of pairs of trials; None unless ``bench ab`` made it.
        calibration: How its warm-up was found; None for one that was given.
        recording: How it was recorded; None unless ``bench watch`` made it.
    """

    format: int = FORMAT
    run_id: str
    started: str
    finished: str | None = None
    seed: int
    sweep: Sweep
    host: dict[str, Any]
    tools: dict[str, str | None]
    trials_planned: Whole
    command: list[str] = field(default_factory=list)
    virtual: Virtual | None = None
    boot_id: str | None = None
    definitions: Definitions = field(default_factory=Definitions)
    ab: PairedQuestion | None = None
    calibration: Calibration | None = None
    recording: Recording | None = None

    @property
    def asked(self) -> Sweep:
        """The sweep as it was asked for, before its warm-up was found."""
        found = self.calibration
        if found is None:
            return self.sweep
        return replace(self.sweep, warmup=found.least_ns, pilot=found.pilot_ns)


def is_measurement(header: RunHeader) -> bool:
    """Whether the run's times and rates mean anything; counts and ledgers do in any case."""
    return header.virtual is not Virtual.EMULATED


RECORD = TypeAdapter(TrialRecord)
HEADER = TypeAdapter(RunHeader)
