from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.campaign import runner as module
from bench.campaign.runner import DETAIL_LINES, Measured, Runner, load_seed
from bench.errors import BenchError, KernelRefusedError
from bench.host.changes import Change
from bench.reason import Code, Reason
from bench.record import Politeness, RunHeader, Status, TrialRecord
from bench.spec import Cell, Sweep
from bench.store import RunFolder
from bench.sweep.again import is_wanting
from bench.sweep.plan import PlannedTrial, remaining
from bench.trial.guard import EndedPolitelyError
from bench.trial.measurement import Sample

MakeRecord = Callable[..., TrialRecord]
SAMPLES = [Sample(1, 2.0, None, 0.3, 0.4, None), Sample(2, 2.5, 7, 0.3, 0.4, 9.0)]


class FakeRig:
    witness = SimpleNamespace(watching=lambda folder, record: nullcontext())

    def __init__(self) -> None:
        self.dropped = 0
        self.changes: list[Change] = []

    def drop_load(self) -> None:
        self.dropped += 1

    def drifted(self) -> list[Change]:
        return self.changes


class Watcher:
    """A listener that notes what it is told."""

    def __init__(self) -> None:
        self.told: list[object] = []

    def trial_started(self, planned: PlannedTrial) -> None:
        self.told.append(("started", planned.trial))

    def sample(self, sample: Sample) -> None:
        self.told.append(sample)

    def trial_ended(self, record: TrialRecord) -> None:
        self.told.append((str(record.status), record.trial))


class Bench:
    """A runner whose measuring is replaced: ``outcomes`` says what each trial meets."""

    def __init__(self, folder: RunFolder, sweep: Sweep, cell: Cell) -> None:
        self.folder, self.rig, self.watcher = folder, FakeRig(), Watcher()
        self.outcomes: dict[int, Any] = {}
        self.trials = [PlannedTrial(trial=n, block=1, cell=cell) for n in (1, 2, 3)]
        rig: Any = self.rig
        self.runner = Runner(rig=rig, folder=folder, sweep=sweep, seed=5, listener=self.watcher)

    def measure(
        self, rig: object, planned: PlannedTrial, sweep: Sweep, seed: int, on_sample: Any
    ) -> Measured:
        assert (rig, sweep, seed) == (self.rig, self.runner.sweep, 5)
        outcome = self.outcomes[planned.trial]
        if isinstance(outcome, BaseException):
            raise outcome
        for sample in SAMPLES:
            on_sample(sample)
        return Measured(outcome, SAMPLES)

    def records(self) -> list[tuple[int, Status]]:
        return [(record.trial, record.status) for record in self.folder.records()]


@pytest.fixture
def bench(
    tmp_path: Path,
    header: RunHeader,
    sweep: Sweep,
    make_cell: Callable[..., Cell],
    make_record: MakeRecord,
    monkeypatch: pytest.MonkeyPatch,
) -> Bench:
    made = Bench(RunFolder.create(tmp_path, header), sweep, make_cell())
    made.outcomes = {trial: make_record(trial) for trial in (1, 2, 3)}
    monkeypatch.setattr(module, "measure", made.measure)
    return made


def test_every_trial_leaves_its_record_and_its_series(bench: Bench) -> None:
    bench.runner.run(bench.trials)
    assert bench.folder.records() == list(bench.outcomes.values())
    for trial in (1, 2, 3):
        assert bench.folder.load_samples(trial)["callbacks_hz"].tolist() == [2.0, 2.5]


def test_the_listener_is_told_in_order_and_of_the_end_only_after_the_record(bench: Bench) -> None:
    seen_on_disk: list[int] = []
    tell = bench.watcher.trial_ended

    def ended(record: TrialRecord) -> None:
        seen_on_disk.append(len(bench.folder.records()))
        tell(record)

    bench.watcher.trial_ended = ended  # type: ignore[method-assign]
    bench.runner.run(bench.trials[:2])
    assert bench.watcher.told == [
        *[("started", 1), *SAMPLES, ("ok", 1)],
        *[("started", 2), *SAMPLES, ("ok", 2)],
    ]
    assert seen_on_disk == [1, 2]


def test_the_record_is_on_disk_before_the_series(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: RunFolder, trial: int, series: object) -> Path:
        raise BenchError("No space left on device")

    monkeypatch.setattr(RunFolder, "save_samples", full)
    with pytest.raises(BenchError, match="No space left"):
        bench.runner.run(bench.trials)
    assert bench.records() == [(1, Status.OK)]


def test_a_trial_that_was_ended_for_others_says_so_and_is_not_measured_again(bench: Bench) -> None:
    reason, seen = Reason(Code.WATCHDOG, "a connection took 30ms"), Politeness(looks=3)
    bench.outcomes[2] = EndedPolitelyError(reason, seen)
    bench.runner.run(bench.trials)
    assert bench.records() == [(1, Status.OK), (2, Status.FAILED), (3, Status.OK)]
    ended = bench.folder.records()[1]
    assert (ended.codes, ended.reasons, ended.polite) == (["watchdog"], [reason.text], seen)
    assert ended.error is not None and reason.text in ended.error
    assert not is_wanting(ended)


def test_each_failure_of_a_polite_run_says_that_it_was_one(bench: Bench) -> None:
    bench.outcomes[1] = BenchError("refused")
    bench.runner.run(bench.trials[:1])
    polite = replace(bench.runner, sweep=replace(bench.runner.sweep, polite=True))
    bench.runner = polite
    bench.outcomes[2] = BenchError("refused")
    polite.run(bench.trials[1:2])
    assert [record.polite for record in bench.folder.records()] == [None, Politeness()]


def test_a_trial_that_cannot_be_measured_fails_with_its_log_and_the_next_one_follows(
    bench: Bench,
) -> None:
    log = "\n".join(f"line {n}" for n in range(DETAIL_LINES + 5))
    bench.outcomes[2] = KernelRefusedError("refused", errno=13, remedy="Do this", detail=log)
    bench.runner.run(bench.trials)
    assert bench.records() == [(1, Status.OK), (2, Status.FAILED), (3, Status.OK)]
    failed = bench.folder.records()[1]
    assert failed.error is not None
    lines = failed.error.splitlines()
    assert lines[0] == "refused. Do this"
    assert lines[1:] == [f"line {n}" for n in range(5, DETAIL_LINES + 5)]
    assert failed.cell == bench.trials[1].cell and failed.block == 1 and failed.started
    assert failed.reasons == [] and failed.callbacks is None
    assert ("failed", 2) in bench.watcher.told


def test_load_processes_are_dropped_only_after_a_failure(bench: Bench) -> None:
    bench.runner.run(bench.trials)
    assert bench.rig.dropped == 0
    bench.outcomes[2] = BenchError("the load broke")
    bench.runner.run(bench.trials)
    assert bench.rig.dropped == 1


def test_a_failed_trial_is_not_repeated_but_an_interrupted_one_is(bench: Bench) -> None:
    bench.outcomes[1] = BenchError("cannot be done here")
    bench.outcomes[2] = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        bench.runner.run(bench.trials)
    assert bench.records() == [(1, Status.FAILED), (2, Status.FAILED)]
    interrupted = bench.folder.records()[1]
    assert interrupted.codes == [Code.INTERRUPTED]
    left = remaining(bench.trials, bench.folder.records())
    assert [planned.trial for planned in left] == [2, 3]


def test_a_trial_that_fails_on_a_host_that_changed_says_so(bench: Bench) -> None:
    bench.outcomes[2] = OSError(22, "Invalid argument")
    bench.rig.changes = [Change("cpus_online", "0-1", "0")]
    bench.runner.run(bench.trials)
    failed = bench.folder.records()[1]
    assert failed.reasons == ["host drifted: cpus_online: 0-1 -> 0"]
    assert failed.codes == [Code.DRIFT]
    assert failed.error == "[Errno 22] Invalid argument"


def test_a_continued_run_measures_what_failed_anew(bench: Bench) -> None:
    bench.outcomes[2] = BenchError("load host load1 does not answer")
    bench.runner.run(bench.trials)
    records = bench.folder.records()
    assert remaining(bench.trials, records) == []
    assert [trial.trial for trial in remaining(bench.trials, records, is_wanting)] == [2]


def test_a_bug_leaves_a_record_with_its_traceback_and_stops_the_run(bench: Bench) -> None:
    bench.outcomes[2] = ZeroDivisionError("in the middle")
    with pytest.raises(ZeroDivisionError):
        bench.runner.run(bench.trials)
    assert bench.records() == [(1, Status.OK), (2, Status.FAILED)]
    error = bench.folder.records()[1].error
    assert error is not None
    assert error.startswith("bug in bench: Traceback")
    assert "ZeroDivisionError: in the middle" in error


@given(st.integers(0, 2**63 - 1), st.integers(1, 10_000))
def test_the_load_s_seed_follows_from_run_and_trial(seed: int, trial: int) -> None:
    assert load_seed(seed, trial) == load_seed(seed, trial)
    assert 0 <= load_seed(seed, trial) < 2**32


def test_every_trial_and_every_run_has_another_load_seed() -> None:
    seeds = {load_seed(seed, trial) for seed in range(30) for trial in range(30)}
    assert len(seeds) == 900
