"""Arms a population before the load begins: what the load would have left of itself."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from bench.drivers.arming import CHUNK, arm_keys
from bench.drivers.environment import LATENESS_CLOCKS, Environment, Subject
from bench.drivers.residuals import Times, delayed, evenly, residuals_ns
from bench.errors import TrialFailedError
from bench.host.affinity import running_on
from bench.programs.base import SEEDING
from bench.programs.seeding import HELD_NS, connections_of
from bench.spec import Cell
from bench.spec.held import held_of
from bench.units import NS_PER_S, exact_duration

RESIDUALS = "residuals"
"""Map of bpf/seeding.h."""
RESIDUAL = np.dtype([("ns", "<u8")])
"""Its value."""


@dataclass(frozen=True, slots=True)
class Seeds:
    """Entries that one syscall program arms.

    Attributes:
        program: Its name.
        first: Key of the first.
        residuals: How long each lives after the epoch, ascending.
        cpus: CPUs where the hook meets them: each seeds its part.
    """

    program: str
    first: int
    residuals: Times
    cpus: Sequence[int]


@dataclass(frozen=True, slots=True)
class Seeder:
    """Arms what is alive before the load.

    Attributes:
        subject: The loaded program.
        cell: With a population, or with timers that are held.
        environment: What the host offers.
        ends: Entries of each connection.
        cpus: CPUs where the hook runs.
        of_flood: Flows of a flood that pushes them back; None = nothing does.
    """

    subject: Subject
    cell: Cell
    environment: Environment
    ends: int
    cpus: Sequence[int]
    of_flood: Seeds | None = None

    def seed(self) -> int:
        """Arm all entries.

        Returns:
            The moment that their residual times count from, CLOCK_MONOTONIC; it is still to come.

        Raises:
            TrialFailedError: Arming took longer than was allowed for: entries have expired.
        """
        seeds, pace = self._seeds(), self.environment.pace
        entries = self.ends * sum(len(each.residuals) for each in seeds)
        lead_ns = pace.allowed_ns(entries)
        begin = time.monotonic_ns()
        epoch_ns = time.clock_gettime_ns(LATENESS_CLOCKS[self.cell.clock]) + lead_ns
        for each in seeds:
            self._arm(each, epoch_ns)
        took_ns = time.monotonic_ns() - begin
        pace.saw(entries, took_ns)
        if took_ns > lead_ns:
            allowed, late = exact_duration(lead_ns), (took_ns - lead_ns) / NS_PER_S
            raise TrialFailedError(
                f"arming the population took {late:.3f} s longer than the {allowed} allowed for it",
                remedy="The next trial allows more; or measure a smaller population",
            )
        return begin + lead_ns

    def _seeds(self) -> list[Seeds]:
        """The population first: its entries expire before those that are held."""
        (program,) = SEEDING
        found, seed = [], self.environment.seed
        connections = 0
        if self.cell.population is not None:
            connections = connections_of(self.cell.population, self.ends)
            residuals = residuals_ns(self.cell, connections, seed)
            residuals = delayed(residuals, self.environment.delays_ns, seed)
            found.append(Seeds(program, 0, residuals, self.cpus))
        if self.of_flood is not None:
            found.append(self.of_flood)
        elif held := held_of(self.cell):
            spread = evenly(self.cell.stated_timeout_ns, connections_of(held, self.ends))
            found.append(Seeds(program, connections, HELD_NS + spread, self.cpus))
        return found

    def _arm(self, seeds: Seeds, epoch_ns: int) -> None:
        view = self.subject.map(RESIDUALS).view(RESIDUAL)
        first = seeds.first
        for cpu, chunk in _chunks(seeds.residuals, seeds.cpus):
            view["ns"][: len(chunk)] = chunk
            with running_on(cpu):
                keys = range(first, first + len(chunk))
                arm_keys(self.subject.run, seeds.program, keys, epoch_ns=epoch_ns)
            first += len(chunk)


def chunk_entries(entries: int) -> int:
    """Size of the map for one system call's residual times."""
    return min(entries, CHUNK)


def _chunks(residuals: Times, cpus: Sequence[int]) -> Iterator[tuple[int, Times]]:
    """Parts in order of expiry, to the CPUs in turn: each has its share of every moment.

    CPU n of k has every k-th connection, so that expiries interleave.
    """
    for start in range(0, len(residuals), CHUNK * len(cpus)):
        part = residuals[start : start + CHUNK * len(cpus)]
        for number, cpu in enumerate(cpus):
            if len(mine := part[number :: len(cpus)]):
                yield cpu, mine
