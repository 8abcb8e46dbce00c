"""The one mirror of the structs in ``bpf/timerbench.h``, as numpy dtypes.

``mismatches`` compares a dtype with a struct found in an object's BTF: names, offsets and
sizes. Loading refuses any difference, so the two sides cannot drift apart unnoticed.
"""

from __future__ import annotations

import errno
from collections.abc import Iterable
from typing import Protocol

import numpy as np
import numpy.typing as npt

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
    ("negative", 1),
    ("overflow", 1),
    ("lateness_sum_ns", 1),
    ("lateness_min_ns", 1),
    ("lateness_max_ns", 1),
    ("venue", len(VENUES)),
    ("stopped", 1),
    ("ksoftirqd_pid", 1),
    ("inited", 1),
    ("started", 1),
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
CONTROL = np.dtype([("deadline_ns", "<u8"), ("stop", "<u8")])
"""``struct control``."""
ARM_ARGS = np.dtype(
    [
        ("first", "<u4"),
        ("stride", "<u4"),
        ("count", "<u8"),
        ("last_pass", "<u8"),
        ("epoch_ns", "<u8"),
        ("missing", "<u8"),
    ]
)
"""``struct arm_args``."""
CENSUS_ARGS = np.dtype(
    [("entries", "<u8"), ("inited", "<u8"), ("pending", "<u8"), ("stranded", "<u8")]
)
"""``struct census_args``."""


FLOOD_SLOT = _aligned([("next", 1), ("sent", 1), ("skipped", 1), ("malformed", 1)])
"""``struct flood_slot`` of bpf/flood.h."""
OUTAGE = np.dtype([("began_ns", "<u8"), ("ended_ns", "<u8")])
"""``struct outage`` of bpf/flood.h."""

ENTRY = np.dtype([("timer", "V16"), ("armed", "<u8")])
"""``struct entry``: the timer and one word."""
ENTRY_BYTES = ENTRY.itemsize

STRUCTS: dict[str, np.dtype[np.void]] = {
    "slot": SLOT,
    "entry": ENTRY,
    "distribution": DISTRIBUTION,
    "stage_cpu": STAGE_CPU,
    "outlier": OUTLIER,
    "outlier_table": OUTLIER_TABLE,
    "control": CONTROL,
    "arm_args": ARM_ARGS,
    "census_args": CENSUS_ARGS,
    "flood_slot": FLOOD_SLOT,
    "outage": OUTAGE,
}
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


def by_errno(table: npt.NDArray[np.uint64]) -> dict[str, int]:
    """Non-zero counts of an errno table, by errno name; the last slot is ``other``."""
    return {_errno_name(int(code)): int(table[code]) for code in np.flatnonzero(table)}


def _errno_name(code: int) -> str:
    if code == ERRNO_SLOTS - 1:
        return "other"
    return errno.errorcode.get(code, f"errno {code}")
