"""How fast timers are armed, beside a bare loop.

``PYTHONPATH=. python tests/perf/arming.py [--size 500000] [--rounds 6] [--all-cpus]``

The bare loop inserts, initialises and starts; ``resident`` and a seeded population of ``tcp`` do so
and count. One CPU, turn by turn, in random order. Each line is the median time of a timer and the
rate relative to the bare loop in the same round. ``--all-cpus`` has resident timers armed as a
trial does it. Needs root.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from bench import abi
from bench.drivers.arming import CHUNK
from bench.drivers.environment import Environment
from bench.drivers.pace import SeedingPace
from bench.drivers.registry import find_driver, fitted
from bench.drivers.session import opened_object
from bench.drivers.timer_memory import slab_object
from bench.host.affinity import running_on
from bench.host.cpus import find_cpus
from bench.host.exclusive import sole_measurement
from bench.host.ksoftirqd import find_ksoftirqd
from bench.host.reserve import MemoryReserve
from bench.libbpf import compiler
from bench.libbpf.object import BpfObject
from bench.spec import ArmCpus, Cell, Hook, Phase
from bench.units import NS_PER_S

HOUR_NS = 3600 * NS_PER_S
MISSING = 0.02
"""Share of timers that may lack memory at the first try, which the bare loop does not repeat."""
BARE = Path(__file__).with_name("bare_arming.bpf.c").resolve()


class Watched(SeedingPace):
    """Keeps what arming took."""

    took_ns = 0

    def saw(self, entries: int, took_ns: int) -> None:
        """Keep it."""
        self.took_ns = took_ns


def bare_ns(size: int, environment: Environment, *defines: str) -> int:
    """Time of the bare loop."""
    with BpfObject(compiler.compiled(str(BARE), defines)) as loaded:
        loaded.map("timers").configure(entries=2 * size)
        loaded.set_constants({"timeout_ns": HOUR_NS, "step_ns": HOUR_NS // size if defines else 0})
        loaded.load()
        epoch_ns = time.monotonic_ns() + HOUR_NS
        begin, missing = time.monotonic_ns(), 0
        for first in range(0, size, CHUNK):
            arguments = np.zeros(1, abi.ARM_ARGS)
            arguments["first"], arguments["stride"], arguments["epoch_ns"] = first, 1, epoch_ns
            arguments["count"] = min(CHUNK, size - first)
            assert loaded.run("arm", arguments) == 0, arguments
            missing += int(arguments["missing"][0])
        took_ns = time.monotonic_ns() - begin
        assert missing < MISSING * size, f"{missing} of {size} had no memory"
        return took_ns


def resident_ns(size: int, environment: Environment, cpus: ArmCpus = ArmCpus.ONE) -> int:
    """Time that the driver of resident timers takes."""
    driver = find_driver("resident")
    cell = fitted(
        Cell(
            program="resident",
            map_size=2 * size,
            timeout_ns=HOUR_NS,
            arm_cpus=cpus,
            phase=Phase.RANDOM,
        )
    )
    with opened_object(driver, cell, environment, {}) as session:
        session.prepare(environment, HOUR_NS)
        begin = time.monotonic_ns()
        driver.arm(session.run, replace(cell, map_size=size), environment)
        took = time.monotonic_ns() - begin
        assert session.read().started == size, session.read()
    return took


def seeded_ns(size: int, environment: Environment) -> int:
    """Time of seeding a population of connections."""
    driver = find_driver("tcp")
    cell = fitted(
        Cell(
            program="tcp",
            hook=Hook.TP_BTF,
            map_size=2 * size,
            population=size,
            load_hz=max(size // 3600, 1),
            timeout_ns=HOUR_NS,
        )
    )
    with opened_object(driver, cell, environment, {}) as session:
        session.prepare(environment, HOUR_NS)
        watched = Watched()
        seeder = driver.seeder(session, cell, replace(environment, pace=watched))
        assert seeder is not None
        seeder.seed()
        assert session.read().seeded == size, session.read()
    return watched.took_ns


def bare_flows_ns(size: int, environment: Environment) -> int:
    """Time of the bare loop with keys as long as those of connections."""
    return bare_ns(size, environment, "LIKE_FLOWS")


KINDS: dict[str, Callable[[int, Environment], int]] = {
    "bare": bare_ns,
    "resident": resident_ns,
    "bare flows": bare_flows_ns,
    "seeded": seeded_ns,
}
BARE_OF = {"resident": "bare", "seeded": "bare flows"}


def rounds(
    size: int, number: int, environment: Environment, reserve: MemoryReserve
) -> dict[str, list[int]]:
    """Times of each kind, a round each."""
    order, found = random.Random(1), {name: [0] * 0 for name in KINDS}
    for _ in range(number):
        for name in order.sample(list(KINDS), len(KINDS)):
            reserve.settle(size)
            with running_on(environment.cpus[0]):
                found[name].append(KINDS[name](size, environment))
    return found


def main() -> None:
    """Print a line for each kind."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=500_000)
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--all-cpus", action="store_true")
    asked = parser.parse_args()
    cpus = find_cpus().usable
    environment = Environment(cpus, find_ksoftirqd(), load_cpus=cpus[:1], ports=(20_000,))
    with sole_measurement(), MemoryReserve(slab_object()) as reserve:
        reserve.grow(asked.size)
        if asked.all_cpus:
            took = resident_ns(asked.size, environment, ArmCpus.ALL)
            print(f"all {len(cpus)} CPUs: {asked.size:,} timers in {took / NS_PER_S:.2f} s")
            return
        found = rounds(asked.size, asked.rounds, environment, reserve)
    for name, times in found.items():
        rates = np.array(found[BARE_OF.get(name, name)]) / np.array(times)
        print(
            f"{name:10} {np.median(times) / asked.size:7.0f} ns a timer, "
            f"{np.median(rates):.3f} of the bare loop's rate ({min(rates):.3f}-{max(rates):.3f})"
        )


if __name__ == "__main__":
    main()
