"""Engines that did the same work, so that they can be compared. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bench.analysis.cell_rows import CellRow
from bench.spec import ENGINES, Cell, Clock, Engine, Instrument, MapType, ObserverName, OuterMap
from bench.words.axes import LOAD, point_text


@dataclass(frozen=True, slots=True)
class Work:
    """Cells that differ in how the timeouts are provided only."""

    name: str
    rows: tuple[CellRow, ...]


def works(rows: Sequence[CellRow]) -> tuple[Work, ...]:
    """Work that at least two engines did."""
    groups: dict[tuple[str, Cell], list[CellRow]] = {}
    for row in rows:
        groups.setdefault((row.host, same_work(row.cell)), []).append(row)
    compared = [g for g in groups.values() if len({row.cell.engine for row in g}) > 1]
    return tuple(Work(_name(group[0]), tuple(sorted(group, key=_engine))) for group in compared)


def same_work(cell: Cell) -> Cell:
    """The cell without what belongs to its engine: map type, clock, flags, options."""
    return replace(
        cell,
        engine=Engine.BPF_TIMER,
        hook=None,
        map_type=MapType.HASH,
        outer_map=OuterMap.NONE,
        clock=Clock.MONOTONIC,
        flags=(),
        arm_cpus=None,
        instrument=Instrument.FULL,
        observer=ObserverName.AUTO,
        options=(),
    )


def same_timeouts(cell: Cell) -> Cell:
    """The same work, whatever the size of the map, where it is stated how many are alive."""
    work = same_work(cell)
    return replace(work, map_size=1) if cell.population else work


def _engine(row: CellRow) -> tuple[int, str]:
    return tuple(ENGINES).index(row.cell.engine), row.text


def _name(row: CellRow) -> str:
    head = f"{row.host}: {row.cell.program}" if row.host else row.cell.program
    load = f", load {LOAD.of(row.cell)}" if row.cell.has_load else ""
    return f"{head} {point_text(row.cell)}{load}"
