from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bench.campaign import runner as module
from bench.campaign.paired import answer_of, measure_pairs, next_pair, planned_pairs
from bench.campaign.prepare import prepare_resumed
from bench.campaign.runner import Measured
from bench.drivers.registry import fitted
from bench.errors import BenchError, UsageError
from bench.pairs.finding import Verdict
from bench.record import PairedQuestion, RunHeader, Status, TrialRecord
from bench.spec import Cell
from bench.store import RunFolder
from bench.sweep.plan import PlannedTrial
from bench.units import NS_PER_MS

MakeRecord = Callable[..., TrialRecord]


class Nobody:
    """A listener that does nothing."""

    def trial_started(self, planned: PlannedTrial) -> None: ...

    def sample(self, sample: Any) -> None: ...

    def trial_ended(self, record: TrialRecord) -> None: ...


class FakeHost:
    """Measures without a host: b is so many times as late as a."""

    witness = SimpleNamespace(watching=lambda folder, record: nullcontext())

    def __init__(self, folder: RunFolder, make_record: MakeRecord) -> None:
        self.folder, self._make = folder, make_record
        self.times, self.fails, self.stops_at = 1.0, False, 0
        self.wavers = False
        self.wanted: list[Cell] = []

    def measure(self, rig: object, planned: PlannedTrial, *_: Any) -> Measured:
        if planned.trial == self.stops_at:
            raise KeyboardInterrupt
        if self.fails:
            raise BenchError("no such thing")
        question = self.folder.header.ab
        assert question and self.wanted[-1] == planned.cell
        times = 2 * self.times if self.wavers and planned.block % 2 else self.times
        late = 10_000 * (times if planned.cell == question.b else 1)
        record = self._make(planned.trial, cell=planned.cell, p50_ns=round(late))
        return Measured(replace(record, block=planned.block), [])

    def run(self) -> RunFolder:
        rig: Any = self
        return measure_pairs(rig, self.folder, Nobody(), self.wanted.append)

    def drop_load(self) -> None: ...

    def drifted(self) -> list[Any]:
        return []


@pytest.fixture
def host(
    tmp_path: Path, header: RunHeader, make_record: MakeRecord, monkeypatch: pytest.MonkeyPatch
) -> FakeHost:
    a, b = (
        fitted(Cell(program="resident", map_size=size, timeout_ns=10 * NS_PER_MS))
        for size in (100, 200)
    )
    question = PairedQuestion(a=a, b=b, metric="p50 lateness", margin=0.1, pairs=40)
    started = replace(header, ab=question, trials_planned=80, finished=None)
    host = FakeHost(RunFolder.create(tmp_path, started), make_record)
    monkeypatch.setattr(module, "measure", host.measure)
    return host


def test_a_plan_holds_both_variants_in_each_pair_in_an_order_by_chance(host: FakeHost) -> None:
    header = host.folder.header
    assert header.ab
    plan = planned_pairs(header)
    pairs = [(one.cell, other.cell) for one, other in zip(plan[::2], plan[1::2], strict=True)]
    assert all({*pair} == {header.ab.a, header.ab.b} for pair in pairs)
    assert 5 < sum(pair[0] == header.ab.a for pair in pairs) < 35
    assert plan == planned_pairs(header)


@pytest.mark.parametrize(
    ("times", "verdict", "pairs"),
    [(1.5, Verdict.WORSE, 8), (0.5, Verdict.BETTER, 8), (1.0, Verdict.SAME, 7)],
)
def test_it_ends_as_soon_as_it_is_certain(
    host: FakeHost, times: float, verdict: Verdict, pairs: int
) -> None:
    host.times = times
    folder = host.run()
    found = answer_of(folder.header, folder.records())
    assert (found.finding.verdict, found.pairs.measured) == (verdict, pairs)
    assert folder.header.finished and folder.header.trials_planned == 2 * pairs
    assert next_pair(folder.header, folder.records()) == []


def test_an_interrupted_run_goes_on_where_it_was(host: FakeHost) -> None:
    host.times, host.stops_at = 1.5, 6
    with pytest.raises(KeyboardInterrupt):
        host.run()
    assert answer_of(host.folder.header, host.folder.records()).finding.verdict is None
    assert [trial.trial for trial in next_pair(host.folder.header, host.folder.records())] == [6]
    host.stops_at = 0
    folder = host.run()
    assert answer_of(folder.header, folder.records()).pairs.measured == 8


def test_a_variant_that_never_works_ends_it(host: FakeHost) -> None:
    host.fails = True
    with pytest.raises(BenchError, match="failed in all of 3 trials"):
        host.run()
    assert {record.status for record in host.folder.records()} == {Status.FAILED}


def test_the_last_pair_is_the_last(host: FakeHost) -> None:
    header = host.folder.header
    assert header.ab
    host.wavers = True
    host.folder = host.folder.save_header(replace(header, ab=replace(header.ab, pairs=9)))
    folder = host.run()
    found = answer_of(folder.header, folder.records())
    assert (found.finding.verdict, found.pairs.measured) == (Verdict.CANNOT_TELL, 9)


def test_bench_run_leaves_it_alone(host: FakeHost) -> None:
    with pytest.raises(UsageError, match="was made by bench ab"):
        prepare_resumed(host.folder.path, None, print)
