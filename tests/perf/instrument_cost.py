"""What the instrument costs: callback rate at saturation, full against empty callback.

``python tests/perf/instrument_cost.py [--rounds 7] [--seconds 1]`` runs 10,000 timers at
1 ms in turn with full measurement and with a callback that only counts and re-arms, and
prints each round's ratio and the median. It asserts nothing: a virtual machine's speed
changes from second to second, so only ratios of neighbours mean something.
"""

from __future__ import annotations

import argparse
import statistics

from bench.host.exclusive import sole_measurement
from bench.spec import Cell, Grid, Instrument, ObserverName, Sweep
from bench.sweep.checks import normalised
from bench.sweep.plan import PlannedTrial, expand
from bench.sweep.rig import Rig
from bench.sweep.runner import measure
from bench.units import NS_PER_S, format_count

CELL = Grid(
    program="resident",
    map_size=10_000,  # type: ignore[arg-type]
    timeout=1_000_000,  # type: ignore[arg-type]
    instrument=(Instrument.FULL, Instrument.EMPTY),
    observer=(ObserverName.NONE,),
)


def rate(rig: Rig, cell: Cell, sweep: Sweep) -> float:
    """Callbacks per second of one trial."""
    planned = PlannedTrial(trial=1, block=1, cell=cell)
    record = measure(rig, planned, sweep, 1, lambda sample: None).record
    assert record.callbacks is not None
    return record.callbacks.fired_hz


def main() -> None:
    """Print a line per round and the median ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=1.0)
    options = parser.parse_args()
    sweep = Sweep(cells=(CELL,), duration=int(options.seconds * NS_PER_S), warmup=100_000_000)
    full, empty = expand(sweep, normalised)
    ratios = []
    with sole_measurement(), Rig([full, empty]) as rig:
        for number in range(1, options.rounds + 1):
            order = (full, empty) if number % 2 else (empty, full)
            rates = {cell: rate(rig, cell, sweep) for cell in order}
            ratios.append(rates[full] / rates[empty])
            with_all, bare = format_count(rates[full]), format_count(rates[empty])
            print(f"round {number}: full {with_all}/s, empty {bare}/s, ratio {ratios[-1]:.3f}")
    low, high = min(ratios), max(ratios)
    print(f"median ratio {statistics.median(ratios):.3f} ({low:.3f} to {high:.3f})")


if __name__ == "__main__":
    main()
