"""Pairs of trials of two variants, one after another, until what they say is certain."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from bench.campaign.prepare import check_here
from bench.campaign.runner import Listener, Runner
from bench.errors import BenchError
from bench.pairs.changes import Pairs, pairs_of
from bench.pairs.finding import Finding, find_out
from bench.pairs.text import margin_of
from bench.quantities.catalogue import find_compared
from bench.quantities.quantity import Quantity
from bench.record import PairedQuestion, RunHeader, Status, TrialRecord
from bench.spec import Cell
from bench.store import RunFolder
from bench.sweep.plan import PlannedTrial, in_blocks, remaining
from bench.trial.rig import Rig
from bench.words.cells import cell_text
from bench.words.plurals import counted

HOPELESS = 3
"""So many failures of one variant, and no success, end a run."""

Before = Callable[[Cell], None]
"""Makes the host what a variant wants."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What all pairs so far say, and of which metric."""

    metric: Quantity
    pairs: Pairs
    finding: Finding


def planned_pairs(header: RunHeader) -> list[PlannedTrial]:
    """All pairs that may be measured, each in an order drawn by the seed.

    Raises:
        UsageError: This host cannot measure a variant.
    """
    question = asked(header)
    cells = (question.a, question.b)
    check_here(cells, allow_overload=header.sweep.allow_overload)
    return in_blocks(cells, question.pairs, header.seed)


def asked(header: RunHeader) -> PairedQuestion:
    """What a run asks of pairs."""
    assert header.ab is not None
    return header.ab


def answer_of(header: RunHeader, records: Sequence[TrialRecord]) -> Answer:
    """What these records say."""
    question = asked(header)
    metric = find_compared(question.metric)
    pairs = pairs_of(question, metric, records)
    margin = margin_of(metric, question.margin)
    last = pairs.measured >= question.pairs
    return Answer(metric, pairs, find_out(pairs.changes, margin, last=last))


def next_pair(header: RunHeader, records: Sequence[TrialRecord]) -> list[PlannedTrial]:
    """What is left of the pair that comes next; nothing once the question is decided.

    A pair is looked at when both of its trials have a record.

    Raises:
        BenchError: Records are not of this plan, or a variant fails whenever it is tried.
    """
    left = remaining(planned_pairs(header), records)
    if not left:
        return []
    begun = [trial for trial in left if trial.block == left[0].block]
    if len(begun) == 2:
        _refuse_hopeless(records)
        if answer_of(header, records).finding.verdict is not None:
            return []
    return begun


def measure_pairs(rig: Rig, folder: RunFolder, listener: Listener, before: Before) -> RunFolder:
    """Measure one pair after another until the question is decided; the run, finished.

    Args:
        rig: For both variants.
        folder: The run's, which may have records.
        listener: Is shown each trial.
        before: Called before each trial.

    Raises:
        KeyboardInterrupt: After the record of the interrupted trial was written.
        BenchError: Records cannot be written, or a variant fails whenever it is tried.
    """
    header = folder.header
    runner = Runner(rig=rig, folder=folder, sweep=header.sweep, seed=header.seed, listener=listener)
    while pair := next_pair(header, folder.records()):
        for trial in pair:
            before(trial.cell)
            runner.run([trial])
    if header.finished:
        return folder
    return folder.save_header(replace(header, trials_planned=len(folder.records()))).finish()


def _refuse_hopeless(records: Sequence[TrialRecord]) -> None:
    by_cell: dict[Cell, list[TrialRecord]] = {}
    for record in records:
        by_cell.setdefault(record.cell, []).append(record)
    for cell, tried in by_cell.items():
        if len(tried) >= HOPELESS and all(one.status is Status.FAILED for one in tried):
            raise BenchError(
                f"{cell_text(cell)} failed in all of {counted(len(tried), 'trial')}",
                remedy="Correct what the first of them names, then start a new run",
                detail=next((one.error for one in tried if one.error), ""),
            )
