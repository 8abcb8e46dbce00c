"""Hosts and groups of hosts as marks of a chart. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from bench.analysis.estimate import Estimate
from bench.fleet.model import HostRun
from bench.page.charts.dots import Dot
from bench.quantities.quantity import Quantity
from bench.spec import Cell
from bench.words.cells import cell_text
from bench.words.plurals import counted


@dataclass(frozen=True, slots=True)
class Mark:
    """One value with its ends."""

    estimate: Estimate
    flagged: bool = False

    def get(self, column: Quantity) -> Estimate | None:
        """The estimate: a mark is made for one quantity only."""
        return self.estimate


def host_marks(hosts: Sequence[HostRun], cells: Sequence[Cell], number: int) -> list[Dot]:
    """A mark for each host on each cell, with the interval or the range of its trials."""
    return [
        Dot(cell_text(cell), host.name, Mark(known, figures.flagged))
        for cell in cells
        for host in hosts
        if (figures := host.cells.get(cell)) and (known := figures.estimates[number])
    ]


def group_marks(
    groups: Mapping[str, Sequence[HostRun]], cells: Sequence[Cell], number: int
) -> list[Dot]:
    """The median host of each group on each cell, from its lowest to its highest host."""
    found = []
    for cell in cells:
        for name, hosts in groups.items():
            known = [figures for host in hosts if (figures := host.cells.get(cell))]
            values = [value for figures in known if (value := figures.counted(number)) is not None]
            if values:
                found.append(Dot(cell_text(cell), name, _range(values), _of_hosts(values)))
    return found


def ratio_mark(line: str, kind: str, ratios: Sequence[float]) -> Dot:
    """A host's ratios to others over the cells: their median, the lowest and the highest."""
    spread = f"from lowest to highest of {counted(len(ratios), 'cell')}"
    return Dot(line, kind, _range(ratios), spread)


def _range(values: Sequence[float]) -> Mark:
    return Mark(Estimate(float(median(values)), min(values), max(values), len(values)))


def _of_hosts(values: Sequence[float]) -> str:
    return f"from lowest to highest of {counted(len(values), 'host')}"
