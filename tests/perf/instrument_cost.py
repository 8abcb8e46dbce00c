"""What the instrument costs a callback: empty, full, sampled and with stages, in randomised blocks.

``python tests/perf/instrument_cost.py [--rounds 15] [--seconds 1] [--cell NAME]``

``saturated`` runs 10,000 timers at 1 ms; the CPUs are full, so the time that a callback takes
is the inverse of the rate. ``relative`` does the same with relative re-arm, whose callbacks need
no clock of their own to start again. ``million`` runs 100,000 timers at 100 ms, a million
callbacks a second; time is that of the HRTIMER softirq per callback, as observer bcc tells it.
Each round has every level once; ratios are within a round, with the 95 % interval of their
median. It asserts nothing: a virtual machine's speed changes from second to second.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from bench.campaign.runner import measure
from bench.drivers.registry import fitted
from bench.host.exclusive import sole_measurement
from bench.quantities.cpu import CPU_PER_CALLBACK
from bench.record import TrialRecord
from bench.spec import Grid, Instrument, ObserverName, Rearm, Sweep
from bench.stats.bootstrap import interval
from bench.sweep.plan import plan
from bench.trial.rig import Rig
from bench.units import NS_PER_S

Cost = Callable[[TrialRecord], float | None]


def saturated_ns(record: TrialRecord) -> float | None:
    """CPU time per callback where CPUs do nothing else; relative, for they are several."""
    return NS_PER_S / record.callbacks.fired_hz if record.callbacks else None


def _saturated(rearm: Rearm) -> Grid:
    return Grid(
        program="resident",
        map_size=10_000,  # type: ignore[arg-type]
        timeout=1_000_000,  # type: ignore[arg-type]
        rearm=rearm,
        instrument=tuple(Instrument),
        observer=(ObserverName.NONE,),
    )


CELLS: dict[str, tuple[Grid, Cost]] = {
    "saturated": (_saturated(Rearm.ABSOLUTE), saturated_ns),
    "relative": (_saturated(Rearm.RELATIVE), saturated_ns),
    "million": (
        Grid(
            program="resident",
            map_size=100_000,  # type: ignore[arg-type]
            timeout=100_000_000,  # type: ignore[arg-type]
            instrument=tuple(Instrument),
        ),
        CPU_PER_CALLBACK.value,
    ),
}
RATIOS = (
    (Instrument.FULL, Instrument.EMPTY),
    (Instrument.SAMPLED, Instrument.EMPTY),
    (Instrument.STAGES, Instrument.FULL),
)


def costs(cost: Cost, sweep: Sweep) -> list[dict[Instrument, float]]:
    """Time per callback by level, one mapping per round."""
    trials = plan(sweep, seed=1, normalise=fitted)
    rounds: list[dict[Instrument, float]] = [{} for _ in range(sweep.repeat)]
    with sole_measurement(wait_s=60), Rig([trial.cell for trial in trials]) as rig:
        for trial in trials:
            record = measure(rig, trial, sweep, 1, lambda sample: None).record
            found = cost(record)
            assert found is not None
            rounds[trial.block - 1][trial.cell.instrument] = found
    return rounds


def ratio_text(
    rounds: Sequence[Mapping[Instrument, float]], over: Instrument, to: Instrument
) -> str:
    """The median ratio of two levels with its interval."""
    ratios = [one[over] / one[to] for one in rounds]
    found = interval(ratios)
    ends = f"{found.low:.3f} to {found.high:.3f}" if found else "too few rounds for an interval"
    return f"{over} / {to}: {np.median(ratios):.3f} ({ends}), {len(ratios)} rounds"


def main() -> None:
    """Print the time per callback of each level, and the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--cell", choices=CELLS, default="saturated")
    options = parser.parse_args()
    grid, cost = CELLS[options.cell]
    sweep = Sweep(
        cells=(grid,),
        duration=int(options.seconds * NS_PER_S),
        warmup=100_000_000,
        repeat=options.rounds,
    )
    rounds = costs(cost, sweep)
    for level in Instrument:
        median = float(np.median([one[level] for one in rounds]))
        print(f"{level}: {median:.0f} ns per callback")
    for over, to in RATIOS:
        print(ratio_text(rounds, over, to))


if __name__ == "__main__":
    main()
