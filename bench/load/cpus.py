"""On which CPUs the generators run: apart from each other where the machine allows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.host.cpus import parse_cpu_list


@dataclass(frozen=True, slots=True)
class Placement:
    """One CPU for each generator; the same one if there is no other."""

    server: int
    client: int

    def as_dict(self) -> dict[str, list[int]]:
        """Role -> CPU numbers, as in a record."""
        return {"server": [self.server], "client": [self.client]}


def choose_cpus(allowed: Iterable[int], core_of: Mapping[int, int] | None = None) -> Placement:
    """The lowest allowed CPU for the server, for the client the highest of another core.

    Args:
        allowed: CPUs this process may run on.
        core_of: CPU -> identity of its physical core; a CPU not in it counts as a core.

    Raises:
        ValueError: No CPU is allowed.
    """
    cpus = sorted(set(allowed))
    if not cpus:
        raise ValueError("no CPU is allowed for the load generators")
    cores = core_of or {}
    server, others = cpus[0], cpus[1:]
    apart = [cpu for cpu in others if cores.get(cpu, cpu) != cores.get(server, server)]
    return Placement(server=server, client=max(apart or others, default=server))


def read_cores(cpus: Iterable[int], root: Path = Path("/sys/devices/system/cpu")) -> dict[int, int]:
    """CPU -> lowest CPU of its physical core, as sysfs says; CPUs without topology are left out.

    Source: Documentation/ABI/stable/sysfs-devices-system-cpu, ``thread_siblings_list``.
    """
    cores = {}
    for cpu in cpus:
        try:
            text = (root / f"cpu{cpu}" / "topology" / "thread_siblings_list").read_text()
            cores[cpu] = parse_cpu_list(text)[0]
        except (OSError, ValueError, IndexError):
            continue
    return cores
