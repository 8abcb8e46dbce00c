"""``bench capacity``: the highest rate that still meets a goal."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from bench.campaign.measuring import Measuring, search_capacity
from bench.campaign.prepare import check_here, new_header, seeded
from bench.capacity.goal import Goal, parse_goal
from bench.capacity.rates import cell_at, goals_floor, rate_range, steps_floor
from bench.capacity.repeated import SEARCHES
from bench.capacity.report import CapacityFound, document, lines
from bench.capacity.scaled import Scaled, scaled
from bench.capacity.search import Range
from bench.clean.removal import clean_up
from bench.cli.capacity_options import DEFAULTS, TEXTS, WIDTH, WITHOUT
from bench.cli.common import json_option, results_option
from bench.cli.console import console, error_console, print_json, say
from bench.cli.options import sweep_of, sweep_options
from bench.cli.progress import PlainDisplay
from bench.cli.renamed import SWEEPS, Renaming
from bench.cli.types import count
from bench.drivers.registry import fitted
from bench.errors import UsageError
from bench.exits import exit_of
from bench.host.exclusive import sole_measurement
from bench.host.privilege import require_bpf
from bench.programs.registry import PROGRAMS, find
from bench.report.markdown import write_report
from bench.spec import Controls, Sweep
from bench.store import RunFolder, write_atomically
from bench.sweep.plan import expand
from bench.trial.rig import Rig
from bench.units import NS_PER_S
from bench.words.plurals import counted

CAPACITY_FILE = "capacity.json"


@click.command(cls=Renaming, was=SWEEPS)
@click.option(
    "--goal",
    "texts",
    multiple=True,
    required=True,
    metavar="GOAL",
    help="What must hold, such as 'p99.9 <= 1ms and served >= 99.9%'; can be repeated.",
)
@click.option(
    "--scale", metavar="AXIS", help="What grows: map_size, load, or an option. [by program]"
)
@click.option(
    "--min",
    "low_hz",
    type=count(),
    metavar="HZ",
    help="Lowest rate tried. [what goals and --precision need]",
)
@click.option(
    "--max",
    "high_hz",
    type=count(),
    metavar="HZ",
    help="Highest rate tried. [10m callbacks, 50k connections, 5m of others]",
)
@click.option(
    "--searches",
    type=click.IntRange(1, 100),
    default=SEARCHES,
    show_default=True,
    help="Searches; the result is from the lowest to the highest.",
)
@sweep_options(texts=TEXTS, without=WITHOUT, value="VALUE")
@results_option()
@json_option
def capacity(
    *,
    texts: Sequence[str],
    scale: str | None,
    low_hz: int | None,
    high_hz: int | None,
    searches: int,
    results: Path,
    as_json: bool,
    **given: Any,
) -> int:
    """Search the highest rate that still meets each goal, between two bounds.

    One axis grows with the rate, the others have one value each. Lateness is then measured at
    10, 50 and 90 % of the capacity found, where the goal must be met, too.

    Exit code 1 means that a goal was not met at any rate; 4 that the budget ended before its
    bounds were close, that trials below the capacity contradict it, that the rate does not decide
    the goal, or that the host spoilt more than a fifth of all trials.

    \b
    bench capacity --program resident --timeout 100ms --goal 'p99.9 <= 1ms and served >= 99%'
    bench capacity --program tcp --timeout 1ms --goal 'p99 <= 100us and load >= 99%'
    """
    goals = [parse_goal(text) for text in texts]
    require_bpf()
    sweep = _sweep(given)
    what = _subject(sweep, scale, given)
    within = _range(goals, sweep, what, low_hz, high_hz)
    cells = [fitted(cell_at(what, hz)) for hz in (within.low_hz, within.high_hz)]
    check_here(cells, allow_overload=True)
    with sole_measurement() as note, Rig(cells) as rig:
        clean_up(say)
        for remark in rig.remarks():
            say(remark)
        folder = RunFolder.create(results, new_header(sweep, 0))
        note.tell_run(folder.path)
        found = _search(rig, folder, sweep, goals, what, within, searches)
    write_atomically(
        folder.path / CAPACITY_FILE, json.dumps(document(found), indent=2).encode() + b"\n"
    )
    if as_json:
        print_json({"path": str(folder.path), **document(found)})
    else:
        for line in lines(found):
            console().print(line, markup=False, soft_wrap=True)
        console().print(f"Trials: {folder.path}", markup=False, soft_wrap=True)
    missed = any(item.finished and item.lower_hz is None for item in found.bounds)
    unfinished = any(not item.finished for item in found.bounds)
    unsure = any(found.contradicted) or bool(found.flat) or found.selected
    return exit_of(bad=missed, unanswered=unfinished or unsure)


def _sweep(given: dict[str, Any]) -> Sweep:
    if given.get("program") is None:
        raise UsageError("no program given", remedy=f"Add --program, one of: {', '.join(PROGRAMS)}")
    chosen = {
        name: given[name] if given.get(name) is not None else value
        for name, value in DEFAULTS.items()
    }
    sweep = sweep_of(None, given | chosen | {"controls": Controls.NONE})
    assert sweep is not None
    if sweep.repeat % 2 == 0:
        raise UsageError(
            f"--repeat {sweep.repeat}: an even number of trials can be undecided",
            remedy="Give an odd number",
        )
    return replace(seeded(sweep), name="capacity")


def _subject(sweep: Sweep, scale: str | None, given: dict[str, Any]) -> Scaled:
    """How the cell whose rate is searched is given one."""
    # Programs that need connections refuse a cell without; the search sets their number.
    needs = find(sweep.cells[0].program).needs_load and given.get("load") is None
    grid = replace(sweep.cells[0], load=(1,)) if needs else sweep.cells[0]
    cells = expand(replace(sweep, cells=(grid,)), fitted)
    if len(cells) != 1:
        given_cells = counted(len(cells), "cell")
        raise UsageError(f"{given_cells} given", remedy="Give one value for each axis")
    what = scaled(cells[0], scale)
    if given.get(what.axis) is not None:
        option = "--" + what.axis.replace("_", "-")
        raise UsageError(f"{option} is what is searched", remedy="Leave it out, or use --scale")
    return what


def _range(
    goals: Sequence[Goal], sweep: Sweep, what: Scaled, low_hz: int | None, high_hz: int | None
) -> Range:
    width = sweep.precision or WIDTH
    low, high = rate_range(
        what,
        goals=goals_floor(goals, sweep.duration),
        steps=steps_floor(what, width),
        low_hz=low_hz,
        high_hz=high_hz,
    )
    return Range(low_hz=low, high_hz=high, width=width, trials=sweep.repeat)


def _search(
    rig: Rig,
    folder: RunFolder,
    sweep: Sweep,
    goals: Sequence[Goal],
    what: Scaled,
    within: Range,
    searches: int,
) -> CapacityFound:
    until = time.monotonic() + sweep.budget / NS_PER_S
    with PlainDisplay(error_console()) as display:
        measuring = Measuring(rig, folder, sweep, what, until, display)
        try:
            return search_capacity(measuring, goals, within, searches)
        finally:
            write_report(RunFolder.open(folder.path))
