"""Which bpf_timers are armed now: a walk over all maps, then over the entries of some.

Nothing that runs is touched. While the entries of a map are walked, this process is one of the
map's users.
"""

from __future__ import annotations

import errno
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bench import abi
from bench.libbpf import compiler
from bench.libbpf.btf import vmlinux
from bench.libbpf.iterate import records
from bench.libbpf.known import open_map
from bench.libbpf.maps import MAP_TYPES
from bench.libbpf.object import BpfObject
from bench.resources import Resource

SOURCE = "watch/timers.bpf.c"
MAPS, TIMERS = "list_maps", "list_timers"
KINDS = {number: name for name, number in reversed(MAP_TYPES.items())}
HEADROOM = 64
"""Room for so many times the timers wanted: many may be due within one power of two."""
NONE, LATEST = np.iinfo(np.int64).min, np.iinfo(np.int64).max
Timers = npt.NDArray[np.void]


@dataclass(frozen=True, slots=True)
class TimerMap:
    """A map whose values hold a bpf_timer.

    Attributes:
        id: The kernel's number of it.
        name: Its first 15 characters, which is all that the kernel keeps.
        kind: Its type, as ``hash``.
        max_entries: Its capacity.
        key_bytes: Size of a key.
        timer_offset: Of the timer in a value, bytes.
        btf_id: The BTF that describes its key; 0 if none.
        btf_key: The type of its key there.
        users: Descriptors and pins that hold it: without any, no timer of it can be armed.
    """

    id: int
    name: str
    kind: str
    max_entries: int
    key_bytes: int
    timer_offset: int
    btf_id: int
    btf_key: int
    users: int


@dataclass(frozen=True, slots=True)
class Armed:
    """The armed timers of a map.

    Attributes:
        number: How many there are.
        soonest: Those that are due first, as ``abi.ARMED_TIMER`` in that order.
    """

    number: int
    soonest: Timers


class Census(Resource):
    """The loaded programs.

    Args:
        most: Timers of a map that are looked at one by one, not only counted.

    Raises:
        BenchError: They cannot be compiled.
        KernelRefusedError: This kernel refused them.
    """

    def __init__(self, most: int = 20) -> None:
        """Load nothing yet."""
        self._most = most

    def _open(self) -> None:
        vmlinux()  # Where there is no BTF it says so, and libbpf that there is no process.
        self._lister = self._held.enter_context(BpfObject(compiler.compiled(SOURCE)))
        self._lister.load_only([MAPS])
        self._lister.map("rows").configure(entries=max(self._most * HEADROOM, 1))
        self._lister.load()

    def maps(self) -> list[TimerMap]:
        """All maps of this host whose values hold a timer, by their number."""
        chunks = records(self._lister.program_fd(MAPS), abi.TIMER_MAP)
        return sorted((_map(row) for chunk in chunks for row in chunk), key=lambda m: m.id)

    def armed(self, table: TimerMap) -> Armed | None:
        """The armed timers of a map; None if it is gone.

        A timer that is armed, fires or moves to another CPU meanwhile may be missed.
        """
        if not table.users:
            return Armed(0, np.empty(0, abi.ARMED_TIMER))
        try:
            with open_map(table.id) as fd, BpfObject(compiler.compiled(SOURCE)) as walker:
                return self._walk(walker, fd, table)
        except OSError as error:
            if error.errno == errno.ENOENT:
                return None
            raise

    def _walk(self, walker: BpfObject, fd: int, table: TimerMap) -> Armed:
        """Twice: to find the time within which the wanted ones are due, and to get these."""
        walker.load_only([TIMERS])
        walker.set_constants({"timer_at": table.timer_offset, "key_bytes": table.key_bytes})
        walker.map("watched").stand_for(fd)
        walker.map("rows").share(self._lister.map("rows"))
        walker.load()
        walk = walker.map("walks").view(abi.WALK)
        rows = self._lister.map("rows").view(abi.ARMED_TIMER)
        try:
            armed = self._counted(walker, walk, within_ns=NONE)
            self._counted(walker, walk, within_ns=time_of(walk["due"][0], self._most))
            if walk["written"][0] < min(armed, self._most):
                # They expired and were armed again meanwhile.
                self._counted(walker, walk, within_ns=LATEST)
            found = rows[: int(walk["written"][0])].copy()
        finally:
            del walk, rows
            walker.map("walks").unmap()
            self._lister.map("rows").unmap()
        due = found["expires_ns"].astype(np.int64) - found["now_ns"].astype(np.int64)
        return Armed(armed, found[np.argsort(due, kind="stable")][: self._most])

    def _counted(self, walker: BpfObject, walk: npt.NDArray[np.void], *, within_ns: int) -> int:
        for name in ("armed", "written", "due"):
            walk[name] = 0
        walk["within_ns"] = within_ns
        walker.run(TIMERS, np.zeros(1, np.uint64))
        return int(walk["armed"][0])


def time_of(due: npt.NDArray[np.uint64], most: int) -> int:
    """The time, ns, within which at least so many of the counted timers are due."""
    bits = int(np.searchsorted(np.cumsum(due), most))
    return LATEST if bits >= len(due) - 1 else (1 << bits) - 1


def _map(row: np.void) -> TimerMap:
    return TimerMap(
        id=int(row["id"]),
        name=bytes(row["name"]).decode(errors="replace"),
        kind=KINDS.get(int(row["map_type"]), f"type {row['map_type']}"),
        max_entries=int(row["max_entries"]),
        key_bytes=int(row["key_bytes"]),
        timer_offset=int(row["timer_offset"]),
        btf_id=int(row["btf_id"]),
        btf_key=int(row["btf_key"]),
        users=int(row["users"]),
    )
