"""Busy processes of known CPU shares, and how a profile of samples shares the time out."""

from __future__ import annotations

import time
from collections.abc import Sequence

from bench.host.ksoftirqd import thread_time
from bench.libbpf.maps import BpfMap
from bench.load.worker import Worker
from bench.programs.base import Counts
from bench.resources import Resource

KEY_BYTES = 4
"""Keys of a profile are thread ids."""


class BusyProcesses(Resource):
    """An activity: processes that compute, each pinned to one of the CPUs in turn.

    Its counts put the profile beside the scheduler's own account:
    ``cpu_ns`` (time of all CPUs) and ``profiled`` (samples of all threads), and of each
    process ``busy<n>_ns`` and ``busy<n>_samples``.
    """

    def __init__(
        self, profile: BpfMap, *, number: int, duty_percent: int, cpus: Sequence[int], seed: int
    ) -> None:
        """Remember what to do."""
        self._profile = profile
        self._cpus = cpus
        self._places = [cpus[nth % len(cpus)] for nth in range(number)]
        self._duty_percent = duty_percent
        self._seed = seed
        self._workers: list[Worker] = []
        self._final: Counts | None = None

    def _open(self) -> None:
        """Start the processes; they do not compute yet."""
        for nth, cpu in enumerate(self._places):
            worker = Worker(cpu, self._duty_percent, self._seed + nth)
            self._workers.append(self._held.enter_context(worker))
        for worker in self._workers:
            worker.ready()

    def start(self) -> None:
        """Let them compute."""
        for worker in self._workers:
            worker.begin()

    def counts(self) -> Counts:
        """Times and samples so far.

        Raises:
            BenchError: A process died.
        """
        return self._final if self._final is not None else self._counted()

    def stop(self) -> None:
        """End them; keeps the final counts."""
        if self._final is None:
            self._final = self._counted()
            self.close()

    def _counted(self) -> dict[str, int]:
        samples = self._profile.per_cpu_sums(KEY_BYTES)
        found = {
            "cpu_ns": time.monotonic_ns() * len(self._cpus),
            "profiled": sum(samples.values()),
        }
        for nth, worker in enumerate(self._workers):
            worker.check()
            found[f"busy{nth}_ns"] = thread_time([worker.pid]).cpu_ns
            found[f"busy{nth}_samples"] = samples.get(worker.pid, 0)
        return found
