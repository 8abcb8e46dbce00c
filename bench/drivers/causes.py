"""Why callbacks came late: the stages of each, and the latest of them one by one.

The other side of ``bpf/stages.h`` and ``bpf/outliers.h``.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from bench import abi
from bench.errors import BenchError, KernelRefusedError
from bench.host.cpus import find_cpus
from bench.host.softirqs import vector_name
from bench.libbpf import compiler
from bench.libbpf.object import BpfObject
from bench.programs.base import Program
from bench.record import Outlier
from bench.spec import Cell, Instrument

HOOKS = ("stage_raise", "stage_entry", "stage_exit")
"""Programs of bpf/stage_hooks.h."""
OUTLIERS_KEPT = 100
"""Latest callbacks in a record."""
LOG_LINES = 3


def are_recorded(cell: Cell) -> bool:
    """Whether the cell's callbacks record why they came late."""
    return cell.instrument is Instrument.STAGES and cell.engine.facts.in_softirq


def stage_hooks(program: Program, cell: Cell) -> tuple[str, ...]:
    """Programs to load and attach for the stages: none if not asked for, or not possible."""
    return HOOKS if are_recorded(cell) and refusal(program.source) is None else ()


def why_without_stages(program: Program, cell: Cell) -> str | None:
    """Why a trial of this cell has no stages; None if it has."""
    if not are_recorded(cell):
        return f"not asked for: instrument {cell.instrument}, engine {cell.engine}"
    return refusal(program.source)


@cache
def refusal(source: str, hooks: tuple[str, ...] = HOOKS) -> str | None:
    """Why this kernel does not allow some hooks of an object; None if it does. Tried once."""
    try:
        with BpfObject(compiler.compiled(source)) as tried:
            tried.load_only(hooks)
            tried.load()
            for name in hooks:
                tried.attach(name)
    except KernelRefusedError as error:
        return reason(error)
    return None


def reason(error: BenchError) -> str:
    """A refusal with the last lines of its log."""
    return "; ".join([error.problem, *error.detail.strip().splitlines()[-LOG_LINES:]])


def size_maps(loaded: BpfObject) -> None:
    """Give the maps of an object room for every CPU before it is loaded."""
    for name in ("stage_cpus", "outliers"):
        loaded.map(name).configure(entries=find_cpus().slots)


class Causes:
    """What the callbacks of a loaded program recorded; views of the kernel's memory."""

    def __init__(self, loaded: BpfObject) -> None:
        """Map it and empty the tables; nothing may be armed yet."""
        self.stage_cpus = loaded.map("stage_cpus").view(abi.STAGE_CPU)
        self._tables = loaded.map("outliers").view(abi.OUTLIER_TABLE)
        self._tables["heap"] = np.arange(abi.OUTLIERS, dtype=np.uint64)

    def open(self) -> None:
        """From now on the latest callbacks are kept."""
        self._tables["open"] = 1

    def close(self) -> None:
        """From now on they stay as they are."""
        self._tables["open"] = 0

    def latest(self, since_ns: int) -> list[Outlier]:
        """The latest callbacks after a moment of the timers' clock, latest first."""
        return latest_of(self._tables, since_ns)


def latest_of(tables: npt.NDArray[np.void], since_ns: int) -> list[Outlier]:
    """The latest callbacks of all CPUs, latest first; at most OUTLIERS_KEPT.

    Args:
        tables: Shape (CPUs,), dtype abi.OUTLIER_TABLE.
        since_ns: Start of the window in the timers' clock.
    """
    found = [
        _outlier(row, cpu, since_ns)
        for cpu, table in enumerate(tables)
        for row in table["records"]
        if row["lateness_ns"] and row["t_ns"] >= since_ns
    ]
    return sorted(found, key=lambda one: -one.lateness_ns)[:OUTLIERS_KEPT]


def _outlier(row: np.void, cpu: int, since_ns: int) -> Outlier:
    now, late = int(row["t_ns"]), int(row["lateness_ns"])
    irq, entry, queue = _parts(row)
    start = int(row["entered_ns"]) or now
    ended = int(row["before_end_ns"])
    return Outlier(
        t_ns=now - since_ns,
        lateness_ns=late,
        cpu=cpu,
        irq_ns=irq,
        entry_ns=entry,
        queue_ns=queue,
        venue=abi.VENUES[int(row["venue"])],
        pid=int(row["pid"]),
        comm=bytes(row["comm"]).split(b"\0")[0].decode(errors="replace"),
        before=vector_name(int(row["before"])) if ended else None,
        before_ns=int(row["before_ns"]) if ended else None,
        since_before_ns=start - ended if ended else None,
    )


def _parts(row: np.void) -> tuple[int | None, int | None, int | None]:
    """Stages as ``record_stages`` of bpf/stages.h divides lateness; None if not seen."""
    now, raised, entered = (int(row[name]) for name in ("t_ns", "raised_ns", "entered_ns"))
    if not raised or not entered:
        return None, None, None
    expiry = now - int(row["lateness_ns"])
    ended = min(max(int(row["ended_ns"]), expiry), now)
    raised = min(max(raised, ended), now)
    entered = min(max(entered, raised), now)
    return raised - ended, entered - raised, ended - expiry + now - entered
