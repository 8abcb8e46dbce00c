"""Many short trials cost about what few long ones do, by where their time went (timeline_ns)."""

from __future__ import annotations

from pathlib import Path
from statistics import median

from bench.record import TrialRecord
from bench.store import RunFolder
from bench.sweep.sweep_file import read_sweep
from bench.units import NS_PER_S

*_, RUN = sorted((Path(__file__).resolve().parents[3] / "results").glob("*-vm-quick"))
LONG, FEW = 2 * NS_PER_S, 5
"""Window and trials of a cell, as other sweeps have them."""


def test_the_short_trials_of_gate_take_hardly_longer_than_few_long_ones() -> None:
    """With what a trial of the published run takes beside its window, whose warm-up is the same."""
    gate, run = read_sweep("gate"), RunFolder.open(RUN)
    assert run.header.sweep.warmup == gate.warmup
    beside = median(_beside(r) for r in run.records() if r.cost and r.cell.timeout_ns <= 20_000_000)
    short = gate.repeat * (gate.duration + beside)
    assert short <= 1.25 * FEW * (LONG + beside), beside


def _beside(record: TrialRecord) -> int:
    assert record.cost
    steps = record.cost.timeline_ns
    return sum(steps.values()) - steps["window"]
