"""From a sweep to its trials: grid product, randomised blocks, time needed, what is left.

Pure: nothing here touches the kernel or a file. Blocks are randomised so that a drift of the
host (heat, neighbours) hits every cell alike; see Fisher's randomised block design.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import product

from numpy.random import default_rng

from bench.control import controls_of, has_timers
from bench.errors import BenchError, UsageError
from bench.programs.registry import find
from bench.programs.seeding import MEASURED_NS, SETTLING_NS, seeded_of, seeding_ns
from bench.reason import Code
from bench.record import Status, TrialRecord
from bench.spec import AXES, Cell, Grid, LoadShape, OptionValue, Sweep, without_load_axes
from bench.spec.held import HELD
from bench.sweep.population import settled
from bench.units import NS_PER_S, exact_count

DRAIN_NS = 250_000_000
"""Longest wait for pending callbacks after a window; what is left then is cancelled."""
OVERHEAD_NS = 300_000_000
"""Attaching, census, closing the ledger and writing the record of one trial."""
ARM_NS = 1_000
"""Filling and arming one map entry (0.7 µs on a 2-CPU VM) and its share of the map."""
RESERVE_NS = 3_800
"""Memory reserve per entry of the largest map, as measured on a 2-CPU VM; once per run."""
SETUP_NS = 3_000_000_000
"""Compiling, probing and fingerprinting, once per run."""

Normalise = Callable[[Cell], Cell]
"""What a program makes of a cell: fields that do not apply to it become None."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedTrial:
    """One trial to be run; ``trial`` and ``block`` count from 1."""

    trial: int
    block: int
    cell: Cell


def _unchanged(cell: Cell) -> Cell:
    return cell


def _shape(load_hz: int | None, shape: LoadShape) -> LoadShape | None:
    if load_hz is None:
        return LoadShape.CLOSED
    if load_hz and shape is LoadShape.CLOSED:
        problem = f"load_shape closed contradicts load {exact_count(load_hz)}"
        raise UsageError(problem, remedy="Write load: max for a closed loop, or another shape")
    return shape if load_hz else None


def _cells_of(grid: Grid) -> Iterable[Cell]:
    own = [[(name, value) for value in values] for name, values in grid.options]
    for values in product(*(getattr(grid, axis.key) for axis in AXES)):
        point = {axis.field: value for axis, value in zip(AXES, values, strict=True)}
        for options in product(*own):
            made = settled(point, _held(dict(options)))
            made["load_shape"] = _shape(made["load_hz"], made["load_shape"])
            yield Cell(program=grid.program, options=options, **made)


def _held(options: Mapping[str, OptionValue]) -> int:
    """As written, for what follows from it; the program says what is wrong with it."""
    with suppress(ValueError):
        return int(HELD.parse(options.get(HELD.name, HELD.default)))
    return 0


def expand(sweep: Sweep, normalise: Normalise = _unchanged) -> list[Cell]:
    """All cells of a sweep in the order of its axes, then their controls, each once.

    Args:
        sweep: What is to be measured.
        normalise: Clears the fields that do not apply to the cell's program; cells that
            differ in nothing else become one.

    Raises:
        UsageError: A load shape contradicts the load; and whatever ``normalise`` raises.
    """
    cells = [normalise(without_load_axes(cell)) for grid in sweep.cells for cell in _cells_of(grid)]
    # A program without such a level of the instrument would measure its cell twice.
    wanted = controls_of(cells, sweep.controls, without=sweep.without_controls)
    return list(dict.fromkeys((*cells, *(one for one in wanted if normalise(one) == one))))


def plan(sweep: Sweep, *, seed: int, normalise: Normalise = _unchanged) -> list[PlannedTrial]:
    """The trials of a sweep in the order in which they are to run.

    Each repetition is one block that holds every cell once, shuffled. The same sweep and
    seed give the same order.

    Raises:
        UsageError: As :func:`expand`.
    """
    return in_blocks(expand(sweep, normalise), sweep.repeat, seed)


def in_blocks(cells: Sequence[Cell], blocks: int, seed: int) -> list[PlannedTrial]:
    """Trials of so many blocks, each of which holds every cell once, in an order of its own."""
    rng = default_rng(seed)
    order = [
        (block, cells[index])
        for block in range(1, blocks + 1)
        for index in rng.permutation(len(cells))
    ]
    return [
        PlannedTrial(trial=number, block=block, cell=cell)
        for number, (block, cell) in enumerate(order, start=1)
    ]


def trial_seconds(cell: Cell, sweep: Sweep) -> float:
    """Expected duration of one trial of ``cell``, s."""
    if not has_timers(cell):
        return (sweep.warmup + sweep.duration + OVERHEAD_NS) / NS_PER_S
    filling = (cell.map_size or 0) * ARM_NS
    if entries := seeded_of(cell):
        filling += seeding_ns(entries)
    if cell.population is not None:
        filling += SETTLING_NS + MEASURED_NS
    settling = find(cell.program).lead_ns(cell, sweep.warmup)
    drain = min(cell.timeout_ns or 0, DRAIN_NS)
    return (filling + settling + sweep.duration + drain + OVERHEAD_NS) / NS_PER_S


def pilot_seconds(sweep: Sweep, cells: Iterable[Cell]) -> float:
    """Expected duration of the pilot, s, if each cell has settled at once; 0 without one."""
    if not sweep.pilot:
        return 0.0
    wide = replace(sweep, duration=sweep.pilot)
    tried = (cell for cell in dict.fromkeys(cells) if cell.control is None)
    return sum(trial_seconds(cell, wide) for cell in tried)


def expected_seconds(sweep: Sweep, trials: Sequence[PlannedTrial]) -> float:
    """Expected duration of ``trials`` with one set-up, s; 0 if there are none.

    An estimate for the user and for ``--dry-run``, not a bound: a saturated host is slower.
    """
    if not trials:
        return 0.0
    largest = max(planned.cell.map_size or 0 for planned in trials)
    setup = (SETUP_NS + largest * RESERVE_NS) / NS_PER_S
    setup += pilot_seconds(sweep, [planned.cell for planned in trials])
    return setup + sum(trial_seconds(planned.cell, sweep) for planned in trials)


def is_interrupted(record: TrialRecord) -> bool:
    """Whether a trial ended only because the run was stopped."""
    return record.status is Status.FAILED and Code.INTERRUPTED in record.codes


def remaining(
    planned: Sequence[PlannedTrial],
    records: Iterable[TrialRecord],
    anew: Callable[[TrialRecord], bool] = is_interrupted,
) -> list[PlannedTrial]:
    """What a run still has to do, in planned order.

    Args:
        planned: The whole plan.
        records: Records of the run in file order; a later one replaces an earlier one.
        anew: Whether a trial with such a record is measured once more.

    Raises:
        BenchError: A record's trial is not part of the plan or measured another cell.
    """
    latest = {record.trial: record for record in records}
    by_number = {trial.trial: trial for trial in planned}
    for number, record in latest.items():
        if number not in by_number or by_number[number].cell != record.cell:
            raise BenchError(
                f"trial {number} of the run does not belong to this plan",
                remedy="Start a new run; the plan of this one cannot be reproduced",
            )
    return [trial for trial in planned if trial.trial not in latest or anew(latest[trial.trial])]
