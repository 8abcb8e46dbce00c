"""The words that an axis of a sweep can take."""

from __future__ import annotations

from enum import StrEnum


class MapType(StrEnum):
    """Kinds of map that may hold the timers."""

    HASH = "hash"
    HASH_NOPREALLOC = "hash_noprealloc"
    LRU_HASH = "lru_hash"
    ARRAY = "array"


class OuterMap(StrEnum):
    """Kind of map that the programs reach the timers' map through, as its inner map."""

    NONE = "none"
    ARRAY_OF_MAPS = "array_of_maps"
    HASH_OF_MAPS = "hash_of_maps"


class Flag(StrEnum):
    """Flags of ``bpf_timer_start``: absolute expiry; stay on the starting CPU."""

    ABS = "abs"
    CPU_PIN = "cpu_pin"


class TimeoutShape(StrEnum):
    """Distribution of timeouts: all equal, or drawn around the cell's timeout as the mean.

    ``uniform`` lies between half and one and a half of it.
    """

    FIXED = "fixed"
    UNIFORM = "uniform"
    EXPONENTIAL = "exponential"


class Mode(StrEnum):
    """Whether a callback of ``resident`` starts its timer again."""

    PERIODIC = "periodic"
    ONE_SHOT = "one_shot"


class Hook(StrEnum):
    """Where the ``tcp`` program meets new connections."""

    AUTO = "auto"
    FENTRY = "fentry"
    TP_BTF = "tp_btf"
    SOCKOPS = "sockops"


class Ends(StrEnum):
    """Which ends of a connection hold a timer of ``tcp``.

    ``server`` is the passive end, all that a host of servers holds. ``both`` adds the active end,
    which is on the same host only over loopback: a stress case.
    """

    SERVER = "server"
    BOTH = "both"


class Clock(StrEnum):
    """Clock that a timer is initialised with."""

    MONOTONIC = "monotonic"
    REALTIME = "realtime"
    BOOTTIME = "boottime"


class LoadShape(StrEnum):
    """Arrival process of new connections."""

    CONSTANT = "constant"
    POISSON = "poisson"
    CLOSED = "closed"


class AddressFamily(StrEnum):
    """Which IP versions the load uses; ``both`` alternates connection by connection."""

    IPV4 = "ipv4"
    IPV6 = "ipv6"
    BOTH = "both"


class ArmCpus(StrEnum):
    """CPUs on which ``resident`` arms its timers."""

    ALL = "all"
    ONE = "one"


class Phase(StrEnum):
    """First expiry of ``resident`` timers.

    ``random`` is anywhere within one timeout, by the trial's seed, as connections begin; ``even``
    as far from each other as can be, so that most callbacks pay for an interrupt of their own and
    none waits for another; ``burst`` all at once.
    """

    RANDOM = "random"
    EVEN = "even"
    BURST = "burst"


class Rearm(StrEnum):
    """When a callback lets its timer expire next.

    ``absolute`` keeps the timer's own grid, first expiry + k * timeout; ``relative`` is a timeout
    from the callback, as most people write it: timers that expire in one softirq start again
    together and never part, so that its cost depends on a trial's age.
    """

    ABSOLUTE = "absolute"
    RELATIVE = "relative"


class Instrument(StrEnum):
    """How much the callback records.

    ``empty`` counts that it ran; ``full`` adds lateness and venue; ``sampled`` adds them for
    one in 64 only; ``stages`` adds to ``full`` where its lateness came from, and the latest
    callbacks one by one.
    """

    FULL = "full"
    EMPTY = "empty"
    SAMPLED = "sampled"
    STAGES = "stages"

    @property
    def records_lateness(self) -> bool:
        """Whether callbacks read the clock and their expiry."""
        return self is not Instrument.EMPTY

    @property
    def times_each(self) -> bool:
        """Whether every callback does."""
        return self in (Instrument.FULL, Instrument.STAGES)


class ObserverName(StrEnum):
    """Source of softirq and ksoftirqd figures.

    ``bcc`` and ``core`` are the same hooks, built with kernel headers and without; ``auto`` is
    ``bcc`` where it builds, else ``core``.
    """

    AUTO = "auto"
    BCC = "bcc"
    CORE = "core"
    PROCFS = "procfs"
    NONE = "none"


class Control(StrEnum):
    """What a control measures beside a plain cell.

    ``idle`` is the host alone; ``load`` the cell's connections without a program; ``attached``
    the program with no timer armed; ``empty`` timers whose callback records nothing;
    ``unobserved`` the cell without an observer; ``stages`` the cell with stages;
    ``cyclictest`` sleeps of user space on an otherwise idle host.
    """

    IDLE = "idle"
    LOAD = "load"
    ATTACHED = "attached"
    EMPTY = "empty"
    UNOBSERVED = "unobserved"
    STAGES = "stages"
    CYCLICTEST = "cyclictest"


class Controls(StrEnum):
    """Which controls a sweep measures.

    ``basic`` is idle and load, and for a cell of each program empty, unobserved, stages; ``cost``
    is idle and what the total cost of every cell needs; ``full`` is all of them for every cell;
    ``none`` leaves a run without anything to compare its cells with.
    """

    NONE = "none"
    BASIC = "basic"
    COST = "cost"
    FULL = "full"


USUAL_CONTROLS = Controls.BASIC
"""What is measured beside the cells of a sweep that does not say."""
