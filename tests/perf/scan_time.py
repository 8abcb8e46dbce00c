"""How long a scan in BPF holds its CPU, per entry: ``PYTHONPATH=. python tests/perf/scan_time.py``.

Tables are full of entries that are not due, so that a scan only looks at them; in the last column
all are due, so that it deletes them, too. Needs root. The least of some scans of each size.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from bench import abi
from bench.drivers.environment import Environment
from bench.drivers.registry import find_driver, fitted
from bench.drivers.session import BpfSession
from bench.engines.opening import opened
from bench.host.cpus import find_cpus
from bench.host.ksoftirqd import find_ksoftirqd
from bench.libbpf import raw
from bench.spec import Cell, Engine, Hook
from bench.units import NS_PER_S

SIZES = (1_024, 4_096, 16_384, 65_536, 262_144, 1_048_576)
SCANS = 20
HOUR_NS = 3600 * NS_PER_S


@contextmanager
def table(size: int) -> Iterator[BpfSession]:
    """A table of engine bpf_scan."""
    cell = Cell(
        program="tcp", engine=Engine.BPF_SCAN, hook=Hook.TP_BTF, map_size=size,
        timeout_ns=NS_PER_S, load_hz=1,
    )  # fmt: skip
    environment = Environment(find_cpus().usable, find_ksoftirqd())
    ready = opened(find_driver("tcp"), fitted(cell), environment, {})
    with ready.session as session:
        assert isinstance(session, BpfSession)
        yield session


def fill(session: BpfSession, size: int, due_ns: int) -> None:
    """Put as many entries into it, in an order that is not that of its memory."""
    timers, due = session.map("timers"), due_ns.to_bytes(8, "little")
    for key in np.random.default_rng(1).permutation(size):
        raw.update(timers.fd, int(key).to_bytes(timers.key_bytes, "little"), due)


def scan_ns(session: BpfSession) -> int:
    """Time of one scan, from the call to its return."""
    begin = time.monotonic_ns()
    session.run("scan", np.zeros(1, abi.CENSUS_ARGS))
    return time.monotonic_ns() - begin


def main() -> None:
    """Print the table."""
    print(f"{'entries':>10} {'full':>10} {'one scan':>12} {'and deletes':>12}")
    for size in SIZES:
        with table(size) as session:
            fill(session, size, time.monotonic_ns() + HOUR_NS)
            looked = min(scan_ns(session) for _ in range(SCANS))
        with table(size) as session:
            fill(session, size, 1)
            deleted = scan_ns(session)
        each, both = looked / size, deleted / size
        print(f"{size:>10,} {looked / 1e6:>7.2f} ms {each:>9.1f} ns {both:>9.1f} ns")


if __name__ == "__main__":
    main()
