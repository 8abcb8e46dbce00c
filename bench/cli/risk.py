"""What a plan would do to this host while it runs: for those whose host it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

from bench.control import has_timers
from bench.drivers.timer_memory import memory_needed, slab_object
from bench.errors import BenchError
from bench.programs.base import Place
from bench.programs.registry import find
from bench.spec import Cell
from bench.sweep.checks import BURST_CALLBACK_NS
from bench.units import NS_PER_S, format_count, format_percent
from bench.words.plurals import counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Risk:
    """The most that any trial of a plan asks of a host.

    Attributes:
        callbacks_hz: Callbacks per second that are offered; None where a cell does not say.
        cpu_share: Of all CPUs, by what a callback takes on the reference machine; 1 and more is
            saturation. None where the callbacks are not known.
        connections_hz: Of a load; None where it goes as fast as it can.
        memory_bytes: Kernel memory of maps, timers and their reserve; None without BTF.
        changes: What is made on the host for as long as the run lasts.
    """

    callbacks_hz: float | None
    cpu_share: float | None
    connections_hz: float | None
    memory_bytes: int | None
    changes: tuple[str, ...]

    def document(self) -> dict[str, object]:
        """The same for ``--json``."""
        return {**asdict(self), "changes": list(self.changes)}

    def lines(self, cpus: int) -> Iterator[str]:
        """The same in sentences."""
        if self.callbacks_hz is None or self.cpu_share is None:
            yield (
                "risk: connections, packets or operations decide how many callbacks come, and they "
                "may take all CPUs"
            )
        else:
            took = f"{format_percent(min(self.cpu_share, 1))} of {counted(cpus, 'CPU')}"
            full = ", which are then full" if self.cpu_share >= 1 else ""
            yield f"risk: up to {format_count(self.callbacks_hz)} callbacks/s, {took}{full}"
        if self.connections_hz is None:
            yield "risk: connections are made as fast as this host can"
        elif self.connections_hz:
            yield f"risk: up to {format_count(self.connections_hz)} connections/s"
        if self.memory_bytes is not None:
            yield f"risk: up to {-(-self.memory_bytes >> 20) or 1:,} MiB of kernel memory"
        yield f"risk: while it lasts there are {'; '.join(self.changes)}; no setting is changed"


def risk_of(cells: Sequence[Cell], cpus: int) -> Risk:
    """The most of all cells."""
    offered = [_offered_hz(cell) for cell in cells if has_timers(cell)]
    most = None if None in offered else max((hz for hz in offered if hz), default=0.0)
    loads = [cell.load_hz for cell in cells if cell.has_load]
    return Risk(
        callbacks_hz=most,
        cpu_share=None if most is None else most * BURST_CALLBACK_NS / NS_PER_S / cpus,
        connections_hz=None if None in loads else max((hz for hz in loads if hz), default=0),
        memory_bytes=_memory(cells),
        changes=tuple(_changes(cells)),
    )


def _offered_hz(cell: Cell) -> float | None:
    program = find(cell.program)
    if program.needs_load and cell.load_hz is None:
        return None
    return program.offered_hz(cell, float(cell.load_hz or 0))


def _memory(cells: Sequence[Cell]) -> int | None:
    try:
        shape = slab_object()
    except BenchError:
        return None
    ours = [(find(cell.program), cell) for cell in cells if has_timers(cell)]
    return max(
        (memory_needed(p, cell, shape, reserved=True) for p, cell in ours if p.source), default=0
    )


def _changes(cells: Sequence[Cell]) -> Iterator[str]:
    yield "BPF programs with their maps and timers"
    if any(cell.has_load for cell in cells):
        yield "ports that are listened on, on loopback unless --load-address says otherwise"
    if any(find(cell.program).place is not Place.HERE for cell in cells):
        yield "interfaces in network namespaces of their own"
