"""What else happened on the host: stolen and idle time, interrupts, involuntary switches."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.errors import BenchError
from bench.record import Noise

PROC = Path("/proc")
IDLE_FIELDS = (3, 4)
"""idle and iowait: the CPU had nothing to run; interrupts over it are not in them."""
STEAL_FIELD = 7
"""user nice system idle iowait irq softirq steal; guest time is part of user."""
_TIMES = STEAL_FIELD + 1


@dataclass(frozen=True, slots=True)
class CpuTime:
    """Clock ticks (1/100 s) of one CPU since boot, and those of them stolen and idle."""

    total: int
    steal: int
    idle: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class NoiseSnapshot:
    """Cumulative figures; only differences mean anything.

    Attributes:
        t_ns: When the CPUs' times were read, CLOCK_MONOTONIC.
        cpus: CPU -> its time; online CPUs only.
        interrupts: Hardware interrupts of all CPUs.
        involuntary: pid -> involuntary switches of all its live threads.
    """

    t_ns: int
    cpus: Mapping[int, CpuTime]
    interrupts: int
    involuntary: Mapping[int, int]

    def since(self, earlier: NoiseSnapshot) -> Noise:
        """What happened after ``earlier``; ``drifted`` is left to the caller.

        CPUs and processes that are missing in one of the two do not count. Steal is in
        ticks of 10 ms: in a window of 1 s, one CPU's share has steps of 1 %.
        """
        total = steal = 0
        for cpu, now in self.cpus.items():
            before = earlier.cpus.get(cpu, now)
            total += now.total - before.total
            steal += now.steal - before.steal
        switches = sum(
            max(count - earlier.involuntary[pid], 0)
            for pid, count in self.involuntary.items()
            if pid in earlier.involuntary
        )
        return Noise(
            # Both counters have been seen to step back, on hot-plug and migration of guests.
            steal=min(max(steal / total, 0.0), 1.0) if total > 0 else 0.0,
            involuntary_switches=switches,
            interrupts=self.interrupts - earlier.interrupts,
        )


def noise_snapshot(pids: Iterable[int], proc: Path = PROC) -> NoiseSnapshot:
    """The figures as of now.

    Args:
        pids: Processes whose involuntary switches count; the runner itself at least.
        proc: Where procfs is mounted.

    Raises:
        BenchError: ``/proc/stat`` is not as documented in ``proc_stat(5)``.
    """
    cpus: dict[int, CpuTime] = {}
    interrupts: int | None = None
    t_ns = time.monotonic_ns()
    for line in (proc / "stat").read_text().splitlines():
        name, _, rest = line.partition(" ")
        if name == "intr":
            interrupts = int(rest.split(maxsplit=1)[0])
        elif name.startswith("cpu") and name != "cpu":
            cpus[int(name[3:])] = _cpu_time(rest)
    if interrupts is None or not cpus:
        raise BenchError(f"{proc}/stat has no CPU or interrupt lines")
    switches = {pid: count for pid in pids if (count := _involuntary(proc, pid)) is not None}
    return NoiseSnapshot(t_ns=t_ns, cpus=cpus, interrupts=interrupts, involuntary=switches)


def _cpu_time(fields: str) -> CpuTime:
    times = [int(field) for field in fields.split()[:_TIMES]]
    return CpuTime(
        total=sum(times),
        steal=times[STEAL_FIELD] if len(times) == _TIMES else 0,
        idle=sum(times[field] for field in IDLE_FIELDS if field < len(times)),
    )


def _involuntary(proc: Path, pid: int) -> int | None:
    """Sum over the process's threads: its own status speaks of the first one only."""
    counts = [_status_count(path) for path in proc.glob(f"{pid}/task/*/status")]
    return sum(counts) if counts else None


def _status_count(path: Path) -> int:
    try:
        text = path.read_text(errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return 0  # the thread ended meanwhile
    for line in text.splitlines():
        if line.startswith("nonvoluntary_ctxt_switches:"):
            return int(line.split()[1])
    return 0
