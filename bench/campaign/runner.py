"""Runs the trials of a sweep one after another; each ends in a record, whatever happens."""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from numpy.random import SeedSequence

from bench.errors import BenchError
from bench.host.changes import Change
from bench.programs.registry import find
from bench.reason import Code, Reason
from bench.record import Politeness, Status, TrialRecord
from bench.spec import Sweep
from bench.store import RunFolder, now_utc
from bench.sweep.plan import PlannedTrial
from bench.trial.guard import EndedPolitelyError
from bench.trial.measurement import Sample
from bench.trial.outcome import Context, record_of
from bench.trial.rig import Rig
from bench.trial.sampling import as_arrays
from bench.trial.trial import OnSample, Trial
from bench.trial.validity import drift_rules

KILLED = "the kernel killed bench"
DETAIL_LINES = 25
"""Lines of a verifier or compiler log kept in a failed trial's record."""


class Listener(Protocol):
    """Who watches a run: a progress display, or nobody."""

    def trial_started(self, planned: PlannedTrial) -> None:
        """A trial begins."""

    def sample(self, sample: Sample) -> None:
        """The window of the current trial goes on."""

    def trial_ended(self, record: TrialRecord) -> None:
        """A trial's record was written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Runner:
    """Runs planned trials into a run folder.

    Attributes:
        seed: Of the run; each trial's load gets its own, derived from it.
    """

    rig: Rig
    folder: RunFolder
    sweep: Sweep
    seed: int
    listener: Listener

    def run(self, trials: Sequence[PlannedTrial]) -> None:
        """Run them all.

        Raises:
            KeyboardInterrupt: After the record of the interrupted trial was written.
            BenchError: Records cannot be written any more.
        """
        for planned in trials:
            self.listener.trial_started(planned)
            self.listener.trial_ended(self._run_one(planned))

    def _run_one(self, planned: PlannedTrial) -> TrialRecord:
        started = now_utc()
        try:
            with self.rig.witness.watching(self.folder, _failed(planned, started, KILLED, [])):
                done = measure(self.rig, planned, self.sweep, self.seed, self.listener.sample)
        except KeyboardInterrupt:
            reason = Reason(Code.INTERRUPTED, "interrupted")
            self._append(_failed(planned, started, None, [reason]))
            raise
        except EndedPolitelyError as error:
            self.rig.drop_load()
            ended = _failed(planned, started, str(error), [error.reason])
            record = replace(ended, polite=error.seen)
        except (BenchError, OSError) as error:
            self.rig.drop_load()
            drifted = drift_rules(self.rig.drifted())  # It may be what the error comes from.
            record = _failed(planned, started, _with_log(error), drifted)
        except Exception:
            text = f"bug in bench: {traceback.format_exc()}"
            self._append(_failed(planned, started, text, []))
            raise
        else:
            return self._keep(done)
        return self._append(record)

    def _append(self, record: TrialRecord) -> TrialRecord:
        """Append the record of a trial that failed; that of a polite one says that it was."""
        if self.sweep.polite and record.polite is None:
            record = replace(record, polite=Politeness())
        self.folder.append(record)
        return record

    def _keep(self, done: Measured) -> TrialRecord:
        # The record first: a disk that fills up now costs the time series only.
        self.folder.append(done.record)
        self.folder.save_samples(done.record.trial, as_arrays(done.samples))
        return done.record


@dataclass(frozen=True, slots=True)
class Measured:
    """The record of a trial that was measured, its time series, and what the host changed."""

    record: TrialRecord
    samples: list[Sample]
    changes: tuple[Change, ...] = ()


def measure(
    rig: Rig, planned: PlannedTrial, sweep: Sweep, run_seed: int, on_sample: OnSample
) -> Measured:
    """Measure one planned trial.

    Raises:
        BenchError: It could not be measured.
    """
    started = now_utc()
    seed = load_seed(run_seed, planned.trial)
    before = rig.drifted()
    measured = Trial(rig, planned.cell, sweep, seed, on_sample).run()
    changes = tuple(dict.fromkeys([*before, *rig.drifted()]))
    context = Context(
        program=find(planned.cell.program),
        planned=planned,
        started=started,
        seed=seed,
        cpus=len(rig.cpus),
        observer=rig.observer(planned.cell.observer).info(),
        reserve=rig.reserve_record(),
        max_steal=sweep.max_steal,
        drifted=[str(change) for change in changes],
        idle=rig.idle,
    )
    return Measured(record_of(measured, context), measured.window.samples, changes)


def load_seed(seed: int, trial: int) -> int:
    """Seed of one trial's arrival times: reproducible, and different for every trial."""
    return int(SeedSequence([seed, trial]).generate_state(1)[0])


def _failed(
    planned: PlannedTrial, started: str, error: str | None, reasons: Sequence[Reason]
) -> TrialRecord:
    return TrialRecord(
        trial=planned.trial,
        block=planned.block,
        status=Status.FAILED,
        reasons=[reason.text for reason in reasons],
        codes=[reason.code for reason in reasons],
        error=error,
        cell=planned.cell,
        started=started,
    )


def _with_log(error: BenchError | OSError) -> str:
    detail = error.detail if isinstance(error, BenchError) else ""
    log = detail.strip().splitlines()[-DETAIL_LINES:]
    return "\n".join([str(error), *getattr(error, "__notes__", ()), *log])
