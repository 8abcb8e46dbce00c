"""The points of a run that a model is fitted to: an engine's rates, timeouts and figures. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bench.analysis.alternatives import same_work
from bench.analysis.cell_rows import CellRow
from bench.analysis.estimate import Estimate
from bench.quantities.quantity import Quantity
from bench.spec import ENGINES, Cell, Ends, Engine, MapType
from bench.whatif.terms import Demand

PROGRAM = "tcp"
"""The program whose timers are of connections."""


@dataclass(frozen=True, slots=True)
class Point:
    """What one cell measured."""

    demand: Demand
    row: CellRow

    def get(self, quantity: Quantity) -> Estimate | None:
        """Its figure."""
        return self.row.get(quantity)


@dataclass(frozen=True, slots=True)
class EnginePoints:
    """The points of an engine with the same options.

    Attributes:
        name: The engine, with its options where a run has several of it.
    """

    name: str
    engine: Engine
    points: tuple[Point, ...]

    @property
    def map_type(self) -> MapType:
        """Kind of its table."""
        return self.points[0].row.cell.map_type

    @property
    def evicts(self) -> bool:
        """Whether its table is as large as what lives in it, because it evicts."""
        return self.map_type is MapType.LRU_HASH


def engine_points(rows: Sequence[CellRow]) -> tuple[EnginePoints, ...]:
    """Points of valid cells with a timer at the server's end of each connection."""
    groups: dict[Cell, list[CellRow]] = {}
    for row in rows:
        if _is_point(row):
            groups.setdefault(_kind(row.cell), []).append(row)
    engines = [kind.engine for kind in groups]
    found = [
        EnginePoints(
            _name(kind, several=engines.count(kind.engine) > 1),
            kind.engine,
            tuple(
                Point(Demand(row.cell.load_hz or 0, row.cell.stated_timeout_ns), row)
                for row in group
            ),
        )
        for kind, group in groups.items()
    ]
    return tuple(sorted(found, key=lambda each: (tuple(ENGINES).index(each.engine), each.name)))


def _is_point(row: CellRow) -> bool:
    cell = row.cell
    plain = cell.control is None and cell.ends is not Ends.BOTH and cell.population is not None
    return plain and cell.program == PROGRAM and bool(cell.load_hz) and row.ok > 0


def _kind(cell: Cell) -> Cell:
    """The same for cells that differ in rate and timeout, and what follows from them."""
    plain = replace(same_work(cell), load_hz=1, timeout_ns=1, population=None, map_size=1)
    return replace(plain, engine=cell.engine, options=cell.options)


def _name(kind: Cell, *, several: bool) -> str:
    options = ", ".join(f"{name} {value}" for name, value in kind.options)
    return f"{kind.engine} ({options})" if several and options else str(kind.engine)
