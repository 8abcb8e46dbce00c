"""How often comparisons over boots answer what: medians of cells differ between boots."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np

from bench.compare.boots import SPREAD, compare_boots
from bench.exits import Exit
from bench.record import RunHeader
from bench.spec import Grid, Sweep
from bench.store.run import Run
from tests.perf.simulate.noise import Draw
from tests.perf.simulate.table import Row
from tests.perf.simulate.verdicts import SETTINGS, Change, one_cell, records, same

CELLS, TRIALS = 8, 8


def every_cell(factor: float) -> Change:
    """All cells became worse."""
    return lambda cell: float(np.log(factor))


def boots(draw: Draw, change: Change, count: int, rng: np.random.Generator, side: str) -> list[Run]:
    """Runs of a boot each."""
    sweep = Sweep(cells=(Grid(program="resident"),))
    found = []
    for number in range(count):
        luck = rng.normal(0, SPREAD, CELLS)
        logs = [draw(rng, TRIALS) + luck[cell] + change(cell) for cell in range(CELLS)]
        name = f"{side}-{number}"
        header = RunHeader(
            run_id=name,
            started="",
            finished="x",
            seed=0,
            sweep=sweep,
            host={},
            tools={},
            trials_planned=0,
            boot_id=name,
        )
        found.append(Run(header=header, records=records(logs)))
    return found


def exits_of_boots(draw: Draw, change: Change, count: int, runs: int) -> Counter[Exit]:
    """Exit codes of so many comparisons of so many boots a side."""
    rng = np.random.default_rng([6, count])
    return Counter(
        compare_boots(
            boots(draw, same, count, rng, "base"), boots(draw, change, count, rng, "new"), SETTINGS
        ).answer.exit
        for _ in range(runs)
    )


def answers_of_boots(name: str, draw: Draw, runs: int) -> Iterator[Row]:
    """Of boots of the same kernel, and of one on which all cells, or one, became worse."""
    for count in (1, 4, 8):
        of = f"{count} and {count} boots"
        found = exits_of_boots(draw, same, count, runs)
        yield Row("boots, same thing: exit 1", name, of, found[Exit.BAD] / runs, "0.05 or less")
        yield Row("boots, same thing: exit 0", name, of, found[Exit.GOOD] / runs, "-")
    for count, what, change in (
        (4, "boots, all cells x1.5: exit 1", every_cell(1.5)),
        (8, "boots, all cells x1.5: exit 1", every_cell(1.5)),
        (8, "boots, one cell x2: exit 1", one_cell(2.0)),
    ):
        found = exits_of_boots(draw, change, count, runs)
        of = f"{count} and {count} boots"
        yield Row(what, name, of, found[Exit.BAD] / runs, "0.8 or more")
