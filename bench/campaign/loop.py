"""The loop of a run: what is planned, then more blocks for as long as precision calls for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace

from bench.campaign.pilot import calibrated, pilot_cells, pilot_of
from bench.campaign.precision import precision_lines
from bench.campaign.prepare import Prepared, Say, planned_trials
from bench.campaign.runner import Listener, Runner
from bench.spec import Cell
from bench.store import RunFolder
from bench.sweep.plan import PlannedTrial, pilot_seconds, remaining, trial_seconds
from bench.trial.rig import Rig
from bench.words.plurals import counted
from bench.words.warmups import warmup_lines


@dataclass(frozen=True, slots=True)
class Audience:
    """Who watches a run.

    Attributes:
        display: Watches one block; given the seconds that each trial will take, by its number.
        say: Shows one line between blocks.
    """

    display: Callable[[Mapping[int, float]], AbstractContextManager[Listener]]
    say: Say


def cells_of(prepared: Prepared) -> list[Cell]:
    """Cells that may be measured; for precision any may be again."""
    trials = prepared.todo if prepared.sweep.precision is None else planned_trials(prepared.sweep)
    return [trial.cell for trial in trials]


def measure_all(
    rig: Rig, folder: RunFolder, todo: Sequence[PlannedTrial], audience: Audience
) -> None:
    """Measure what is left to do, and what the run then still calls for.

    Raises:
        KeyboardInterrupt: After the record of the interrupted trial was written.
        BenchError: Records cannot be written any more.
    """
    if todo and folder.header.sweep.pilot:
        folder = _piloted(rig, folder, audience)
    while todo:
        _measure_block(rig, folder, todo, audience)
        folder, todo = _grown(folder, audience)


def finished(folder: RunFolder) -> RunFolder:
    """The run, marked as finished."""
    return folder if folder.header.finished else folder.finish()


def _piloted(rig: Rig, folder: RunFolder, audience: Audience) -> RunFolder:
    """The run with the warm-up that its pilot found; interrupted, it begins with it again."""
    header = folder.header
    cells = pilot_cells(trial.cell for trial in planned_trials(header.sweep))
    seconds = pilot_seconds(header.sweep, cells)
    audience.say(f"a pilot of {counted(len(cells), 'cell')} first, about {round(seconds)} s")
    with audience.display({0: seconds}) as display:
        pilot = pilot_of(rig, header.sweep, header.seed, display)
        header = calibrated(header, cells, pilot, len(rig.cpus))
    for line in warmup_lines(header):
        audience.say(line)
    return folder.save_header(header)


def _measure_block(
    rig: Rig, folder: RunFolder, todo: Sequence[PlannedTrial], audience: Audience
) -> None:
    header = folder.header
    expected = {trial.trial: trial_seconds(trial.cell, header.sweep) for trial in todo}
    with audience.display(expected) as display:
        runner = Runner(
            rig=rig, folder=folder, sweep=header.sweep, seed=header.seed, listener=display
        )
        runner.run(todo)


def _grown(folder: RunFolder, audience: Audience) -> tuple[RunFolder, list[PlannedTrial]]:
    """The run with the trials that its precision still calls for."""
    header, records = folder.header, folder.records()
    planned = planned_trials(header.sweep, records)
    more = remaining(planned, records)
    if more:
        audience.say(f"block {more[0].block}: {counted(len(more), 'cell')} again, for precision")
        folder = folder.save_header(replace(header, trials_planned=len(planned)))
    elif header.sweep.precision is not None:
        for line in precision_lines(header.sweep, planned, records):
            audience.say(line)
    return folder, more
