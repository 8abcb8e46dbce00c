"""What the host offers to programs, and how drivers see a loaded one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from bench.drivers.pace import SeedingPace
from bench.host.veth import VethPair
from bench.libbpf.maps import BpfMap
from bench.spec import Clock

RunProgram = Callable[[str, npt.NDArray[np.void]], int]
"""Runs a syscall program of the loaded object by name; returns what it returned."""

CLOCK_IDS = {Clock.MONOTONIC: 1, Clock.REALTIME: 0, Clock.BOOTTIME: 7}
"""``clockid_t`` of include/uapi/linux/time.h."""
LATENESS_CLOCKS = CLOCK_IDS | {Clock.REALTIME: CLOCK_IDS[Clock.MONOTONIC]}
"""The clock that a timer really runs on: ``bpf_timer_init`` sets the hrtimer up in a relative
mode, and ``hrtimer_setup`` maps CLOCK_REALTIME in a relative mode to CLOCK_MONOTONIC
(``bench limits``, row ``clock.base_0``)."""


class Subject(Protocol):
    """A loaded program, as drivers see it."""

    def run(self, program: str, arguments: npt.NDArray[np.void]) -> int:
        """Run one of its syscall programs."""

    def map(self, name: str) -> BpfMap:
        """One of its maps."""


@dataclass(frozen=True, slots=True)
class Environment:
    """What the host offers to programs.

    Attributes:
        cpus: CPUs that this process may use.
        ksoftirqd: CPU -> pid of its ksoftirqd thread.
        ports: Server ports of the load; only their connections are measured.
        load_cpus: CPUs that handle its connections: the client's own over loopback, where both ends
            are handled while it sends; those of this process if another host connects.
        delays_ns: Equally likely delays of its connections from their intended time; empty if
            unknown.
        pace: What arming a population has taken so far; trials share it.
        cgroup: Root of the cgroup2 hierarchy, or None when it is not mounted.
        veth: The pair that the trial takes place on, None for a trial here.
        seed: Of the trial.
        netns_cookie: The network namespace whose connections are measured; 0 = any.
    """

    cpus: tuple[int, ...]
    ksoftirqd: Mapping[int, int]
    ports: tuple[int, ...] = ()
    load_cpus: tuple[int, ...] = ()
    delays_ns: tuple[int, ...] = ()
    pace: SeedingPace = field(default_factory=SeedingPace)
    cgroup: Path | None = None
    veth: VethPair | None = None
    seed: int = 0
    netns_cookie: int = 0
