"""Which CPUs there are, which this process may use, and which may run its timers."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from bench.errors import BenchError, explained, quoted
from bench.host.facts import ROOT, text

FOLDER = "sys/devices/system/cpu"
AFFINITY = "proc/thread-self/status"
ALLOWED = "Cpus_allowed_list"


def parse_cpu_list(words: str) -> tuple[int, ...]:
    """CPUs of a list as the kernel prints it, ascending: ``0-2,8`` is 0, 1, 2, 8.

    Raises:
        ValueError: It is no such list.
    """
    found: set[int] = set()
    for part in words.strip().split(",") if words.strip() else ():
        low, dash, high = part.partition("-")
        if not low.isdecimal() or not (high if dash else low).isdecimal():
            raise ValueError(f"{quoted(words)} is no list of CPUs")
        found.update(range(int(low), int(high if dash else low) + 1))
    return tuple(sorted(found))


def format_cpu_list(cpus: Iterable[int]) -> str:
    """The list as the kernel prints it, empty for none."""
    runs = itertools.groupby(enumerate(sorted(set(cpus))), key=lambda pair: pair[1] - pair[0])
    ends = [[cpu for _, cpu in run] for _, run in runs]
    return ",".join(f"{run[0]}-{run[-1]}" if len(run) > 1 else str(run[0]) for run in ends)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cpus:
    """CPU numbers, ascending; there may be holes in all of them.

    Attributes:
        possible: Those that may ever appear in this boot.
        online: Those that run now.
        allowed: Those of this thread's affinity, which lies within its cpuset.
        isolated: Those that the scheduler leaves alone (``isolcpus``).
        nohz_full: Those that run without a tick.
    """

    possible: tuple[int, ...]
    online: tuple[int, ...]
    allowed: tuple[int, ...]
    isolated: tuple[int, ...] = ()
    nohz_full: tuple[int, ...] = ()

    @property
    def slots(self) -> int:
        """Entries of an array that is indexed by CPU number."""
        return self.possible[-1] + 1

    @property
    def usable(self) -> tuple[int, ...]:
        """Where this process may run threads and arm timers."""
        return tuple(cpu for cpu in self.allowed if cpu in self.online)

    @property
    def timers(self) -> tuple[int, ...]:
        """Where timers armed on usable CPUs may expire.

        The kernel may move one that is not pinned to any CPU with a tick, whatever this
        process may use (``get_nohz_timer_target``).
        """
        ticking = set(self.online) - set(self.nohz_full)
        return tuple(sorted(ticking | set(self.usable)))

    def without(self, cpu: int) -> str | None:
        """Why a CPU cannot be used, None if it can."""
        if cpu not in self.online:
            return f"it is offline, CPUs {format_cpu_list(self.online)} are online"
        if cpu not in self.allowed:
            return f"this process may use CPUs {format_cpu_list(self.allowed)} only"
        return None


def find_cpus(root: Path = ROOT) -> Cpus:
    """The CPUs as of now.

    Raises:
        BenchError: The kernel does not say, or this process may use none that is online.
    """
    found = Cpus(
        possible=_listed(root, "possible"),
        online=_listed(root, "online"),
        allowed=_allowed(root),
        isolated=parse_cpu_list(text(root, f"{FOLDER}/isolated") or ""),
        nohz_full=_nohz_full(root),
    )
    if not found.usable:
        allowed, online = format_cpu_list(found.allowed), format_cpu_list(found.online)
        raise BenchError(
            f"this process may use CPUs {allowed}, of which none is online ({online})",
            remedy="Start it with another affinity (taskset) or cpuset",
        )
    return found


def _listed(root: Path, name: str) -> tuple[int, ...]:
    path = root / FOLDER / name
    with explained(f"read the CPUs from {path}", remedy="Mount sysfs on /sys"):
        return parse_cpu_list(path.read_text())


def _nohz_full(root: Path) -> tuple[int, ...]:
    """Kernels that can do it say ``(null)`` where nobody asked for it."""
    said = text(root, f"{FOLDER}/nohz_full") or ""
    return () if said == "(null)" else parse_cpu_list(said)


def _allowed(root: Path) -> tuple[int, ...]:
    path = root / AFFINITY
    with explained(f"read the affinity from {path}", remedy="Mount procfs on /proc"):
        lines = path.read_text(errors="replace").splitlines()
    for line in lines:
        name, _, value = line.partition(":")
        if name == ALLOWED:
            return parse_cpu_list(value)
    raise BenchError(f"{path} has no {ALLOWED}")
