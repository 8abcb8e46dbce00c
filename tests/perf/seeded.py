"""Whether a seeded population is like one that was waited for.

``python tests/perf/seeded.py [--rounds 8] [--timeout 10s] [--load 2k] [--ends server] [--hold 0]``

Cells of ``tcp`` that differ in nothing but that one is seeded and the other waits for a timeout, in
pairs of random order. Each line is a figure of one window: its median with either, the difference
of the seeded to the other with its interval (Hodges and Lehmann) at its true level, and whether it
contains 0. With ``--hold 10s`` the connections of the cell that waits stay open for that time, so
that as many sockets as load x hold are alive beside its timers. It asserts nothing.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from bench.campaign import runner
from bench.cost.parts import used_share
from bench.drivers.registry import fitted
from bench.host.exclusive import sole_measurement
from bench.record import TrialRecord
from bench.spec import Cell, Grid, Sweep
from bench.stats.ranks import shift
from bench.sweep.plan import PlannedTrial, expand
from bench.trial.rig import Rig
from bench.units import NS_PER_S, format_percent, parse_duration
from bench.words.plurals import counted

Figure = Callable[[TrialRecord], float]


def _lateness_us(quantile: str) -> Figure:
    def of(record: TrialRecord) -> float:
        value = getattr(record.lateness, quantile)
        return float("nan") if value is None else value / 1_000

    return of


def _batch(record: TrialRecord) -> float:
    assert record.callbacks is not None and record.softirq_total is not None
    return record.callbacks.fired / record.softirq_total["hrtimer"]


def _used_percent(record: TrialRecord) -> float:
    return 100 * (used_share(record) or float("nan"))


def _fired_hz(record: TrialRecord) -> float:
    assert record.callbacks is not None
    return record.callbacks.fired_hz


FIGURES: dict[str, Figure] = {
    "callbacks/s": _fired_hz,
    "p50 lateness, µs": _lateness_us("p50_ns"),
    "p99 lateness, µs": _lateness_us("p99_ns"),
    "batch": _batch,
    "CPU used, % of one": _used_percent,
}


def pairs(
    cells: tuple[Cell, Cell], sweep: Sweep, rounds: int, seed: int
) -> tuple[list[TrialRecord], list[TrialRecord]]:
    """Records of either cell, a pair in random order each round."""
    order = random.Random(seed)
    found: tuple[list[TrialRecord], list[TrialRecord]] = ([], [])
    with Rig(cells) as rig:
        for round_ in range(1, rounds + 1):
            for which in order.sample((0, 1), 2):
                trial = 2 * round_ - 1 + which
                planned = PlannedTrial(trial=trial, block=round_, cell=cells[which])
                record = runner.measure(rig, planned, sweep, seed, lambda sample: None).record
                which_text = "waited" if which else "seeded"
                print(f"round {round_}: {which_text}, {record.status}", flush=True)
                found[which].append(record)
    return found


def show(seeded: list[TrialRecord], waited: list[TrialRecord]) -> None:
    """A line for each figure."""
    for title, figure in FIGURES.items():
        ours, theirs = (np.array([figure(r) for r in group]) for group in (seeded, waited))
        found = shift(theirs, ours)
        line = f"{title:20} seeded {np.median(ours):10.3f}  waited {np.median(theirs):10.3f}  "
        if found.interval is None:
            print(f"{line}too few rounds for an interval")
            continue
        low, high, level = found.interval.low, found.interval.high, found.interval.level
        verdict = "agree" if low <= 0 <= high else "differ"
        print(f"{line}difference {low:+.3f} to {high:+.3f} ({format_percent(level)}): {verdict}")


def show_arming(seeded: list[TrialRecord]) -> None:
    """What arming took, of the allowance that it has."""
    spent_us = [
        record.cost.timeline_ns["seed"] / 1_000 / (record.cell.population or 1)
        for record in seeded
        if record.cost
    ]
    print(
        f"arming: {np.median(spent_us):.2f} µs an entry ({min(spent_us):.2f}-{max(spent_us):.2f})"
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--timeout", default="10s")
    parser.add_argument("--load", default="2k")
    parser.add_argument("--ends", default="server")
    parser.add_argument("--hold", default="0", help="of the connections that are waited for")
    parser.add_argument("--window", type=float, default=2.0, help="seconds")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    grid = Grid(
        program="tcp",
        population="auto",
        load=asked.load,
        timeout=asked.timeout,
        ends=asked.ends,
        ip="ipv4",
        observer="procfs",
    )
    sweep = Sweep(
        cells=(grid,), duration=int(asked.window * NS_PER_S), warmup="500ms", max_steal="100%"
    )
    (seeded,) = expand(sweep, fitted)
    hold_ns = parse_duration(asked.hold) if asked.hold != "0" else 0
    cells = (seeded, fitted(replace(seeded, population=None, hold_ns=hold_ns)))
    print(
        f"{counted(seeded.population or 0, 'timer')}, timeout {asked.timeout}, load {asked.load}/s"
    )
    with sole_measurement():
        seeded_records, waited_records = pairs(cells, sweep, asked.rounds, asked.seed)
    show(seeded_records, waited_records)
    show_arming(seeded_records)


if __name__ == "__main__":
    main()
