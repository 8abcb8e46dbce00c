"""A recorded run of ``bench ab`` whose truth is known; ``tests/perf/known_truth.py`` made it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from bench.pairs.changes import Pairs, pairs_of
from bench.pairs.finding import PAIRS, Verdict, find_out
from bench.quantities.cpu import CPU_PER_CALLBACK
from bench.store import RunFolder
from bench.store.run import read_run

FOLDER = Path(__file__).resolve().parents[2] / "data" / "ab-known-truth"


@pytest.fixture(scope="module")
def pairs() -> Pairs:
    run = read_run(RunFolder.open(FOLDER))
    assert run.header.ab and run.header.ab.metric == CPU_PER_CALLBACK.title
    return pairs_of(run.header.ab, CPU_PER_CALLBACK, run.records)


def test_twenty_percent_more_work_is_found(pairs: Pairs) -> None:
    truth = json.loads((FOLDER / "truth.json").read_text())["change"]
    assert 0.19 < truth < 0.21
    found = find_out(pairs.changes, float(np.log(1.1)))
    assert found.verdict is Verdict.WORSE and len(pairs.changes) < PAIRS
    assert found.interval and found.interval.low <= np.log1p(truth) <= found.interval.high


def test_it_was_not_certain_a_pair_before(pairs: Pairs) -> None:
    assert find_out(pairs.changes[:-1], float(np.log(1.1))).verdict is None


def test_the_other_way_round_it_is_better(pairs: Pairs) -> None:
    turned = [-change for change in pairs.changes]
    assert find_out(turned, float(np.log(1.1))).verdict is Verdict.BETTER
