"""The warm-up of a run, found by a pilot before its first block, or taken over from another run.

A trial of each cell begins with the warm-up that was asked for, and has a window long enough to see
its series settle. The cell that takes longest decides: one warm-up for all, so that cells can be
compared. Then it is fixed, and recorded. Of cells that age by nature no warm-up is long enough:
they decide nothing, and their records say their age.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from statistics import median_high

from bench.campaign.runner import Listener, measure
from bench.errors import BenchError
from bench.programs.registry import find
from bench.reason import Spoiler, spoiler
from bench.record import Calibration, CellPilot, RunHeader
from bench.spec import Cell, Sweep
from bench.sweep.plan import PlannedTrial
from bench.trial.measurement import Sample
from bench.trial.rig import Rig
from bench.trial.settling import settled_ns

TRIES = 3
"""Trials of a cell that had not settled at once: a single one may have been disturbed."""
NEVER = 2**63
AGES = "it ages by nature (re-arm relative)"

Pilot = Callable[[Cell], Sequence[Sample] | None]
"""Time series of one trial of a cell; None if it says nothing."""


def pilot_cells(cells: Iterable[Cell]) -> list[Cell]:
    """What a pilot tries: each cell once, no control."""
    return [cell for cell in dict.fromkeys(cells) if cell.control is None]


def pilot_of(rig: Rig, sweep: Sweep, seed: int, listener: Listener) -> Pilot:
    """Measures for a pilot, with the warm-up that was asked for."""
    wide = replace(sweep, duration=sweep.pilot)

    def one(cell: Cell) -> Sequence[Sample] | None:
        planned = PlannedTrial(trial=0, block=0, cell=cell)
        listener.trial_started(planned)
        try:
            done = measure(rig, planned, wide, seed, listener.sample)
        except (BenchError, OSError):
            rig.drop_load()
            return None  # Its trials will say why it cannot be measured.
        return None if spoiler(done.record.codes) is Spoiler.HOST else done.samples

    return one


def calibrated(header: RunHeader, cells: Iterable[Cell], pilot: Pilot, cpus: int) -> RunHeader:
    """The run with its warm-up, once every cell was tried."""
    sweep = header.sweep
    found = [_tried(cell, pilot, cpus) for cell in pilot_cells(cells)]
    longest = max((one.settled_ns for one in found if one.settled_ns is not None), default=0)
    calibration = Calibration(least_ns=sweep.warmup, pilot_ns=sweep.pilot, pilots=found)
    return _with(header, sweep.warmup + longest, calibration)


def as_in(header: RunHeader, base: RunHeader) -> RunHeader:
    """The run with the warm-up of another one."""
    theirs = base.calibration
    calibration = Calibration(
        least_ns=header.sweep.warmup,
        pilot_ns=header.sweep.pilot,
        of=base.run_id if theirs is None or theirs.of is None else theirs.of,
        pilots=theirs.pilots if theirs else [],
    )
    return _with(header, base.sweep.warmup, calibration)


def _with(header: RunHeader, warmup_ns: int, calibration: Calibration) -> RunHeader:
    sweep = replace(header.sweep, warmup=warmup_ns, pilot=0)
    return replace(header, sweep=sweep, calibration=calibration)


def _tried(cell: Cell, pilot: Pilot, cpus: int) -> CellPilot:
    """The median of three trials where the first had not settled when its window opened."""
    if find(cell.program).ages(cell):
        return CellPilot(cell=cell, settled_ns=None, why=AGES)
    found: list[int] = []
    for _ in range(TRIES):
        samples = pilot(cell)
        if samples is not None:
            settled = settled_ns(samples, cpus)
            found.append(NEVER if settled is None else settled)
        if found == [0]:
            break
    if not found:
        return CellPilot(cell=cell, settled_ns=None, why="no trial of the pilot says anything")
    middle = median_high(found)
    if middle == NEVER:
        return CellPilot(cell=cell, settled_ns=None, why="it did not settle within the pilot")
    return CellPilot(cell=cell, settled_ns=middle)
