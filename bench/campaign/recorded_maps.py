"""How what ``bench watch`` saw reads as cells, notes and measures of records."""

from __future__ import annotations

from collections.abc import Mapping

from bench.record import Distribution
from bench.spec import Cell, Grid, MapType, Sweep
from bench.spec.external import EXTERNAL, MAP
from bench.units import NS_PER_DAY, NS_PER_S
from bench.watch.document import Figures, MapFigures

QUESTION = (
    "How late do the bpf_timers of this host fire, whoever armed them? A recording of bench watch, "
    "one observation of each map: nothing was varied, and nothing repeated."
)
LONGEST_NS = NS_PER_DAY
"""That a recording can last: a trial's window can be no longer."""


def sweep_of(maps: list[str], duration_ns: int) -> Sweep:
    """What the recording would be asked as, if it could be repeated."""
    grid = Grid(program=EXTERNAL, options=((MAP.name, tuple(maps)),))
    return Sweep(
        name="watch",
        question=QUESTION,
        duration=min(max(duration_ns, NS_PER_S // 100), LONGEST_NS),
        warmup=0,
        repeat=1,
        seed=0,
        cells=(grid,),
    )


def cells_of(maps: list[MapFigures]) -> list[tuple[MapFigures, Cell]]:
    """Each map with its cell: called by its name, or by its number where that is not its own."""
    names = [each.name for each in maps]
    return [
        (
            each,
            cell_of(
                each.name if each.name and names.count(each.name) == 1 else str(each.id),
                each.type,
                each.max_entries,
            ),
        )
        for each in maps
    ]


def cell_of(label: str, kind: str | None, max_entries: int | None) -> Cell:
    """The cell of one map: nothing of it was asked for."""
    return Cell(
        program=EXTERNAL,
        map_type=MapType(kind) if kind in set(MapType) else MapType.HASH,
        map_size=max_entries or None,
        timeout_ns=None,
        options=((MAP.name, label),),
    )


def notes_of(figures: Figures) -> list[str]:
    """Who holds the map, and whose callbacks it has."""
    if not isinstance(figures, MapFigures):
        return []
    held = ", ".join(f"{each.name} ({each.pid or 'pin'})" for each in figures.held_by)
    called = ", ".join(
        dict.fromkeys(
            f"{each.program_name or each.program}/{each.callback or '-'}"
            for each in figures.callbacks
        )
    )
    return [
        f"map {figures.id} {figures.name or '-'}, held by {held or 'nobody'}; "
        f"callbacks of {called or 'nobody'}"
    ]


def measures_of(figures: Figures) -> dict[str, int | float | None]:
    """What was seen beside lateness and callbacks, by name; what was not is left out."""
    found: Mapping[str, int | float | None] = {
        "started_hz": figures.started_hz,
        "pushed_back_hz": figures.pushed_back_hz,
        "cancelled_hz": figures.cancelled_hz,
        "run_cpu_share": figures.run_cpu_share,
        "requested_hz": None if figures.requests is None else figures.requests.hz,
        "armed": figures.armed if isinstance(figures, MapFigures) else None,
    }
    return {name: value for name, value in found.items() if value is not None}


def distributions_of(figures: Figures) -> dict[str, Distribution]:
    """Times that were taken beside lateness, by name."""
    found = {} if figures.run is None else {"run": figures.run}
    if figures.requests is not None:
        found |= {"ahead": figures.requests.ahead, "queued": figures.requests.queued}
    return found
