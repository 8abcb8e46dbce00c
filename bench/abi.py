"""The one mirror of the structs in ``bpf/timerbench.h``, as numpy dtypes.

``mismatches`` compares a dtype with a struct found in an object's BTF: names, offsets and
sizes. Loading refuses any difference, so the two sides cannot drift apart unnoticed.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

import numpy as np
import numpy.typing as npt

from bench.errors import errno_name
from bench.histogram import COUNTERS

ERRNO_SLOTS = 136
MEASURES = 24
EXPONENTIAL_STEPS = 1024
SLOT_ALIGNMENT = 128
VENUES = ("idle", "task", "ksoftirqd")
STAGES = ("irq", "entry", "queue")
OUTLIERS = 128
"""Latest callbacks kept per CPU; place 0 is not used."""

_FIELDS: list[tuple[str, int]] = [
    ("fired", 1),
    ("restarted", 1),
    ("missed_periods", 1),
    ("moved", 1),
    ("negative", 1),
    ("overflow", 1),
    ("lateness_sum_ns", 1),
    ("lateness_min_ns", 1),
    ("lateness_max_ns", 1),
    ("venue", len(VENUES)),
    ("stopped", 1),
    ("untimed", 1),
    ("ksoftirqd_pid", 1),
    ("inited", 1),
    ("started", 1),
    ("seeded", 1),
    ("cancelled", 1),
    ("dropped", 1),
    ("freed", 1),
    ("collected", 1),
    ("init_retried", 1),
    ("other_clock", 1),
    ("measures", MEASURES),
    ("init_failed", ERRNO_SLOTS),
    ("insert_failed", ERRNO_SLOTS),
    ("start_failed", ERRNO_SLOTS),
    ("collect_failed", ERRNO_SLOTS),
    ("lateness", COUNTERS),
]


_DISTRIBUTION_FIELDS: list[tuple[str, int]] = [
    ("total_ns", 1),
    ("min_ns", 1),
    ("max_ns", 1),
    ("negative", 1),
    ("overflow", 1),
    ("errors", ERRNO_SLOTS),
    ("counts", COUNTERS),
]


def _aligned(fields: list[tuple[str, int]]) -> np.dtype[np.void]:
    """Words and tables of words, in cache lines of their own."""
    names = [name for name, _ in fields]
    formats = ["<u8" if size == 1 else f"({size},)<u8" for _, size in fields]
    starts = np.cumsum([0, *(size * 8 for _, size in fields)]).tolist()
    size = _whole_lines(starts[-1])
    spec = {"names": names, "formats": formats, "offsets": starts[:-1], "itemsize": size}
    return np.dtype(spec)  # type: ignore[call-overload, no-any-return]


def _in_lines(fields: list[tuple[str, str]]) -> np.dtype[np.void]:
    """Any fields in their order, without gaps, in cache lines of their own."""
    packed = np.dtype(fields)
    offsets = [int(place[1]) for place in (packed.fields or {}).values()]
    spec = {
        "names": [name for name, _ in fields],
        "formats": [kind for _, kind in fields],
        "offsets": offsets,
        "itemsize": _whole_lines(packed.itemsize),
    }
    return np.dtype(spec)  # type: ignore[call-overload, no-any-return]


def _whole_lines(size: int) -> int:
    return -(-size // SLOT_ALIGNMENT) * SLOT_ALIGNMENT


def _with_tables(
    words: tuple[str, ...], name: str, table: np.dtype[np.void], count: int
) -> np.dtype[np.void]:
    """Words, and in cache lines of their own some tables."""
    start = _whole_lines(8 * len(words))
    spec = {
        "names": [*words, name],
        "formats": [*("<u8" for _ in words), (table, (count,))],
        "offsets": [*range(0, 8 * len(words), 8), start],
        "itemsize": start + count * table.itemsize,
    }
    return np.dtype(spec)  # type: ignore[call-overload, no-any-return]


SLOT = _aligned(_FIELDS)
"""``struct slot``: the counters of one CPU."""
DISTRIBUTION = _aligned(_DISTRIBUTION_FIELDS)
"""``struct distribution`` of bpf/distribution.h: one distribution on one CPU."""
_STAGE_WORDS = (
    "pending_ns",
    "raised_ns",
    "entered_ns",
    "ended_ns",
    "vector_ns",
    "before",
    "before_ns",
    "before_end_ns",
    "unstaged",
    "contradictions",
)
STAGE_CPU = _with_tables(_STAGE_WORDS, "stages", DISTRIBUTION, len(STAGES))
"""``struct stage_cpu`` of bpf/stages.h: one CPU's softirqs, and the stages of its callbacks."""
OUTLIER = np.dtype(
    [
        ("t_ns", "<u8"),
        ("lateness_ns", "<u8"),
        ("ended_ns", "<u8"),
        ("raised_ns", "<u8"),
        ("entered_ns", "<u8"),
        ("before_ns", "<u8"),
        ("before_end_ns", "<u8"),
        ("before", "<u4"),
        ("venue", "<u4"),
        ("pid", "<u4"),
        ("padding", "<u4"),
        ("comm", "S16"),
    ]
)
"""``struct outlier`` of bpf/outliers.h: one late callback."""
OUTLIER_TABLE = np.dtype(
    {
        "names": ["open", "heap", "records"],
        "formats": ["<u8", f"({OUTLIERS},)<u8", (OUTLIER, (OUTLIERS,))],
        "offsets": [0, 8, 8 + 8 * OUTLIERS],
        "itemsize": _whole_lines(8 + (8 + OUTLIER.itemsize) * OUTLIERS),
    }
)
"""``struct outlier_table`` of bpf/outliers.h: the latest callbacks of one CPU."""
STOPPING = np.dtype([("deadline_ns", "<u8"), ("stop", "<u8"), ("abs_refused", "<u8")])
"""``struct stopping``."""
ARM_ARGS = np.dtype(
    [
        ("first", "<u4"),
        ("stride", "<u4"),
        ("count", "<u8"),
        ("last_pass", "<u8"),
        ("again", "<u8"),
        ("epoch_ns", "<u8"),
        ("missing", "<u8"),
    ]
)
"""``struct arm_args``."""
ALONE_ARGS = np.dtype(
    [
        ("first", "<u4"),
        ("operation", "<u4"),
        ("parts", "<u4"),
        ("seed", "<u4"),
        ("rounds", "<u8"),
    ]
)
"""``struct alone_args`` of bpf/alone.h."""
CENSUS_ARGS = np.dtype(
    [(name, "<u8") for name in ("entries", "inited", "pending", "stranded", "handed")]
)
"""``struct census_args``."""


VECTORS = 16
"""Softirq vectors that the observers have room for."""
CPU_SLOT = _aligned(
    [
        ("vector", 1),
        ("since_ns", 1),
        ("count", VECTORS),
        ("ns", VECTORS),
        ("thread_count", VECTORS),
        ("thread_ns", VECTORS),
        ("pid", 1),
        ("task", 1),
        ("on_since_ns", 1),
        ("ready_since_ns", 1),
        ("cpu_ns", 1),
        ("runq_delay_ns", 1),
        ("wakeups", 1),
        ("pad", 7),
    ]
)
"""``struct cpu_slot`` of bpf/observers/softirq.h: the softirqs and ksoftirqd of one CPU."""
FLOOD_SLOT = _aligned([("next", 1), ("sent", 1), ("skipped", 1), ("malformed", 1)])
"""``struct flood_slot`` of bpf/flood.h."""
FLOW_RANGE = np.dtype([("first", "<u4"), ("count", "<u4")])
"""``struct flow_range`` of bpf/flood.h."""
OUTAGE = np.dtype([("began_ns", "<u8"), ("ended_ns", "<u8")])
"""``struct outage`` of bpf/flood.h."""

BPF_NAME_BYTES = 16
KEY_SHOWN = 128
"""Bytes of a key that the iterator over armed timers copies."""
TIMER_MAP = np.dtype(
    [
        *((name, "<u4") for name in ("id", "map_type", "key_bytes", "value_bytes")),
        *((name, "<u4") for name in ("max_entries", "timer_offset", "btf_id", "btf_key")),
        ("users", "<u8"),
        ("name", f"S{BPF_NAME_BYTES}"),
    ]
)
"""``struct timer_map`` of bpf/watch/timers.h: a map whose values hold a bpf_timer."""
ARMED_TIMER = np.dtype(
    [
        *((name, "<u8") for name in ("now_ns", "expires_ns", "callback")),
        *((name, "<u4") for name in ("clock", "cpu", "program", "key_bytes")),
        ("key", f"V{KEY_SHOWN}"),
    ]
)
"""``struct armed_timer`` of the same: a timer that the kernel has in a queue."""
DUE_BITS = 64
WALK = np.dtype(
    [("within_ns", "<i8"), ("armed", "<u8"), ("written", "<u8"), ("due", "<u8", (DUE_BITS,))]
)
"""``struct walk`` of the same: a walk over the entries of a map."""
WATCH_KEY = np.dtype([("callback", "<u8"), ("map", "<u4"), ("padding", "<u4")])
"""``struct watch_key`` of bpf/watch/watch.h: which timers are counted together."""
WATCH_GROUP = np.dtype([("slot", "<u4"), ("program", "<u4")])
"""``struct watch_group`` of the same: where they are counted."""
_WATCH_CPU_FIELDS = [
    ("callback", "<u8"),
    ("map", "<u4"),
    ("slot", "<u4"),
    ("ksoftirqd_pid", "<u8"),
    ("first", "<u8"),
    ("running", "<u8"),
    ("running_since_ns", "<u8"),
    ("taken_off", "<u8"),
    ("taken_off_slot", "<u4"),
    ("running_slot", "<u4"),
    ("asked", "<u8"),
    ("asked_ns", "<u8"),
    *((name, "<u8") for name in ("unsampled", "untimed", "events", "timed", "timed_ns")),
]
_WATCH_SLOT_FIELDS = [
    *((name, "<u8") for name in ("fired", "sampled", "late_sum_ns", "late_max_ns")),
    *((name, "<u8") for name in ("negative", "overflow", "other_clock")),
    ("venue", f"({len(VENUES)},)<u8"),
    *((name, "<u8") for name in ("started", "pushed_back", "cancelled")),
    *((name, "<u8") for name in ("elsewhere", "softirqs", "last_run")),
    *((name, "<u8") for name in ("ran", "ran_sum_ns", "ran_max_ns")),
    ("late", f"({COUNTERS},)<u4"),
]
WATCH_CPU = _in_lines(_WATCH_CPU_FIELDS)
"""``struct watch_cpu`` of the same: what one CPU does now, and what that takes."""
WATCH_SLOT = _in_lines(_WATCH_SLOT_FIELDS)
"""``struct watch_slot`` of the same: the timers of a group on one CPU."""
WATCH_RUNS = np.dtype([("ran", f"({COUNTERS},)<u4")])
"""``struct watch_runs`` of the same: run times of their callbacks."""
WATCH_REQUESTS = np.dtype(
    [
        *((name, "<u8") for name in ("requested", "ahead_sum_ns", "ahead_max_ns")),
        *((name, "<u8") for name in ("ahead_overflow", "queued_sum_ns", "queued_max_ns")),
        *((name, f"({COUNTERS},)<u4") for name in ("ahead", "queued")),
    ]
)
"""``struct watch_requests`` of the same: what programs asked of their timers."""
MAP_HOLDER = np.dtype([("pid", "<u4"), ("map", "<u4"), ("comm", "S16")])
"""``struct map_holder`` of bpf/watch/owners.h: a process with a descriptor of a map."""
HOLDER_SEARCH = np.dtype([("operations", "<u8"), ("own_fd", "<u4"), ("padding", "<u4")])
"""``struct holder_search`` of the same: by what it knows a map."""
SCAN_COUNTS = np.dtype(
    [("scans", "<u8"), ("scanned", "<u8"), ("scan_ns", "<u8"), ("cpu_ns", "<u8")]
)
"""``struct scan_counts``: what the scans of a table did."""

ENTRY = np.dtype([("timer", "V16"), ("armed", "<u8"), ("cpu", "<u8")])
"""``struct entry``: the timer and two words."""
ENTRY_BYTES = ENTRY.itemsize
BARE_ENTRY = np.dtype([("armed", "<u8")])
"""The same of engines without timers."""
WORK_ENTRY = np.dtype([("timer", "V16"), ("work", "V16"), ("armed", "<u8"), ("cpu", "<u8")])
"""The same of timers that hand over to a work."""

STRUCTS: dict[str, np.dtype[np.void]] = {
    "slot": SLOT,
    "entry": ENTRY,
    "distribution": DISTRIBUTION,
    "stage_cpu": STAGE_CPU,
    "outlier": OUTLIER,
    "outlier_table": OUTLIER_TABLE,
    "stopping": STOPPING,
    "arm_args": ARM_ARGS,
    "alone_args": ALONE_ARGS,
    "census_args": CENSUS_ARGS,
    "scan_counts": SCAN_COUNTS,
    "cpu_slot": CPU_SLOT,
    "flood_slot": FLOOD_SLOT,
    "flow_range": FLOW_RANGE,
    "outage": OUTAGE,
    "timer_map": TIMER_MAP,
    "armed_timer": ARMED_TIMER,
    "walk": WALK,
    "map_holder": MAP_HOLDER,
    "holder_search": HOLDER_SEARCH,
    "watch_key": WATCH_KEY,
    "watch_group": WATCH_GROUP,
    "watch_cpu": WATCH_CPU,
    "watch_slot": WATCH_SLOT,
    "watch_runs": WATCH_RUNS,
    "watch_requests": WATCH_REQUESTS,
}
VARIANTS: dict[str, tuple[np.dtype[np.void], ...]] = {"entry": (BARE_ENTRY, WORK_ENTRY)}
"""Other layouts that a struct may have, by what the engine needs."""
NO_MINIMUM = np.iinfo(np.uint64).max
"""Value of a minimum before the first value."""


class MemberLike(Protocol):
    """What BTF says of a member."""

    @property
    def name(self) -> str:
        """Name in C."""

    @property
    def offset(self) -> int:
        """Bytes from the struct's start."""

    @property
    def size(self) -> int:
        """Bytes."""


def mismatches(dtype: np.dtype[np.void], size: int, members: Iterable[MemberLike]) -> list[str]:
    """Differences between a dtype and a C struct, one sentence each; empty = the same."""
    theirs = {m.name: (m.offset, m.size) for m in members}
    ours = {name: (int(f[1]), int(f[0].itemsize)) for name, f in (dtype.fields or {}).items()}
    found = [
        f"{name}: Python (offset, size) {ours.get(name)}, C {theirs.get(name)}"
        for name in dict.fromkeys([*ours, *theirs])
        if ours.get(name) != theirs.get(name)
    ]
    if dtype.itemsize != size:
        found.append(f"size: Python {dtype.itemsize}, C {size}")
    return found


def differences(name: str, size: int, members: Iterable[MemberLike]) -> list[str]:
    """What distinguishes a C struct from each layout that it may have; empty = it is one."""
    known, first = list(members), STRUCTS[name]
    found = [mismatches(dtype, size, known) for dtype in (first, *VARIANTS.get(name, ()))]
    return [] if [] in found else found[0]


def by_errno(table: npt.NDArray[np.uint64]) -> dict[str, int]:
    """Non-zero counts of an errno table, by errno name; the last slot is ``other``."""
    return {_errno_name(int(code)): int(table[code]) for code in np.flatnonzero(table)}


def _errno_name(code: int) -> str:
    if code == ERRNO_SLOTS - 1:
        return "other"
    return errno_name(code) or "error 0"
