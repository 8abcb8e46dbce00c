"""Two witnesses of CPU use: a task that takes what is left, and hooks on whatever runs."""

from __future__ import annotations

import mmap
import os
import subprocess
import time
from abc import abstractmethod
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bench.child import Child
from bench.errors import BenchError
from bench.host.cpus import find_cpus
from bench.host.idle_account import IdleAccount, IdleSnapshot
from bench.host.noise import NoiseSnapshot
from bench.libbpf import btf, compiler
from bench.libbpf.object import BpfObject
from bench.resources import Resource

FOLDER = Path(__file__).parent
SPARE = np.dtype(
    {"names": ["last_ns", "taken_ns", "gaps"], "formats": ["<u8"] * 3, "itemsize": 128}
)
"""``struct spare`` of spare.c."""
ACCOUNT = np.dtype(
    {
        "names": ["spare_ns", "since_ns", "depth", "interrupts"],
        "formats": ["<u8"] * 4,
        "itemsize": 128,
    }
)
"""``struct account`` of account.bpf.c."""
START_S = 10.0
BTF_KIND_TYPEDEF = 8


@dataclass(frozen=True, slots=True)
class Reading:
    """Time for which each CPU was used, ns, up to a moment; differences mean something.

    ``entries`` are the interrupts and softirqs that began on a CPU with nothing else to do; only
    hooks count them.
    """

    used_ns: npt.NDArray[np.int64]
    t_ns: npt.NDArray[np.int64]
    entries: int = 0

    def share_since(self, earlier: Reading) -> float:
        """Use of all CPUs as a share of the time of one."""
        return float(((self.used_ns - earlier.used_ns) / (self.t_ns - earlier.t_ns)).sum())


class Witness(Resource):
    """An account of CPU use; a context manager."""

    @abstractmethod
    def read(self) -> Reading:
        """As of now."""


class SpareTask(Witness):
    """A process with a thread of policy SCHED_IDLE on each CPU: what it did not get was used."""

    def __init__(self) -> None:
        """Start it.

        Raises:
            BenchError: It cannot be compiled or started.
        """
        slots = find_cpus().slots
        with self.acquiring() as held:
            fd = os.memfd_create("spare", os.MFD_CLOEXEC)
            held.callback(os.close, fd)
            os.ftruncate(fd, slots * SPARE.itemsize)
            self._spares = np.frombuffer(mmap.mmap(fd, slots * SPARE.itemsize), SPARE)
            program = compiler.executable(str(FOLDER / "spare.c"))
            self._process = held.enter_context(
                Child(
                    [program, str(fd), str(slots)],
                    what="the spare task",
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    pass_fds=(fd,),
                )
            )
            if self._process.line("start", START_S) != b"ready":
                raise BenchError("the spare task did not start")

    @property
    def pid(self) -> int:
        """Of the process."""
        return self._process.pid

    def read(self) -> Reading:
        """As of the latest reading of each thread's own clock."""
        copy = np.array(self._spares)
        live = copy[copy["last_ns"] > 0]
        return Reading(live["taken_ns"].astype(np.int64), live["last_ns"].astype(np.int64))


class Hooks(Witness):
    """Hooks on task switches, interrupts and softirqs: what is not spare was used.

    Args:
        spare_pid: Process that counts as idle; 0 = none.
    """

    def __init__(self, spare_pid: int = 0) -> None:
        """Load and attach those hooks that this kernel has.

        Raises:
            BenchError: It refused one.
        """
        self._cpus = find_cpus().usable
        with self.acquiring() as held:
            source = str(FOLDER / "account.bpf.c")
            loaded = held.enter_context(BpfObject(compiler.compiled(source)))
            names = [name for name in loaded.program_names() if _has_tracepoint(name)]
            loaded.load_only(names)
            loaded.map("accounts").configure(entries=find_cpus().slots)
            loaded.set_constants({"spare_tgid": spare_pid})
            loaded.load()
            for name in names:
                loaded.attach(name)
            self._accounts = loaded.map("accounts").view(ACCOUNT)
            held.callback(self._forget)

    def _forget(self) -> None:
        """Let go of the map's memory, which would keep the map."""
        self._accounts = np.zeros(0, ACCOUNT)

    def read(self) -> Reading:
        """As of now, with the elapsed part of what is spare."""
        copies = [self._accounts[cpu : cpu + 1].tobytes() for cpu in self._cpus]
        now = time.monotonic_ns()
        found = np.frombuffer(b"".join(copies), ACCOUNT)
        since = found["since_ns"].astype(np.int64)
        lasting = np.where(since > 0, np.maximum(now - since, 0), 0)
        spare = found["spare_ns"].astype(np.int64) + lasting
        entries = int(found["interrupts"].sum())
        return Reading(now - spare, np.full(len(copies), now), entries)


def _has_tracepoint(name: str) -> bool:
    return btf.vmlinux().type_id(f"btf_trace_{name}", BTF_KIND_TYPEDEF) > 0


@dataclass(frozen=True, slots=True)
class WitnessedAccount(IdleAccount):
    """Idle time by ``/proc/stat``, with what witnesses say at the same moments.

    Attributes:
        readings: Of each witness, in their order, at each moment.
    """

    exact: bool | None = None
    witnesses: tuple[Witness, ...] = ()
    readings: list[tuple[Reading, ...]] = field(default_factory=list)

    def snapshot(self, noise: NoiseSnapshot) -> IdleSnapshot:
        """Read all."""
        self.readings.append(tuple(witness.read() for witness in self.witnesses))
        return IdleAccount.snapshot(self, noise)
