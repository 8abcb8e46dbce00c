"""What the records of one or several runs say: computed once for Markdown and page. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bench.analysis.answers.gloss import Words, gloss
from bench.analysis.answers.question import Sentence
from bench.analysis.answers.registry import answer
from bench.analysis.cell_rows import CellRow, cell_rows
from bench.analysis.curves import Curve, curves, picked
from bench.analysis.drift import Drift, drifts
from bench.analysis.effects import Effects, effects
from bench.analysis.pooled import Sample, pooled_lateness
from bench.analysis.production.hazard import Hazard
from bench.analysis.production.registry import hazards
from bench.analysis.recorded import are_recordings, recorded_answer
from bench.analysis.tails import Tail, tail_of
from bench.store.limits_files import Limits
from bench.store.run import Run


@dataclass(frozen=True, slots=True)
class Findings:
    """Of the runs that measured; one in an emulated machine did not.

    Attributes:
        rows: All cells; ``plain`` are those that are no controls.
        answer: A line or more for each question of the sweep.
        hazards: What would bite in production.
        tails: Cells that have a histogram of their callbacks and enough of them.
        curves: Percentile curves to choose from.
        drifts: How blocks differ, of each run that measured.
        recorded: The runs are recordings of ``bench watch``: there are no trials, and what only
            trials can say is left out.
    """

    runs: tuple[Run, ...]
    rows: tuple[CellRow, ...]
    plain: tuple[CellRow, ...]
    effects: Effects
    answer: tuple[Sentence, ...]
    hazards: tuple[Hazard, ...]
    tails: tuple[Tail, ...]
    curves: tuple[Curve, ...]
    drifts: tuple[tuple[Run, tuple[Drift, ...]], ...]
    recorded: bool = False

    @property
    def words(self) -> Words:
        """What the words of the answer mean."""
        return gloss(self.answer)

    @property
    def measured(self) -> tuple[Run, ...]:
        """Runs whose times mean anything."""
        return tuple(run for run in self.runs if run.measured)


def findings(runs: Sequence[Run], limits: Limits | None = None) -> Findings:
    """Judge the records of all runs.

    Args:
        runs: The runs.
        limits: Answers of kernels that were published beside them.

    Raises:
        UsageError: Some are recordings, others are not.
        BenchError: A histogram cannot be decoded.
    """
    recorded = are_recordings(run.header for run in runs)
    measured = [run for run in runs if run.measured]
    rows = cell_rows(measured)
    plain = tuple(row for row in rows if row.cell.control is None)
    compared = effects(measured)
    bites = () if recorded else hazards(measured, plain, limits or Limits())
    tails, drawn = _from_histograms(plain)
    return Findings(
        runs=tuple(runs),
        rows=rows,
        plain=plain,
        effects=compared,
        answer=recorded_answer(runs) if recorded else answer(rows, compared, bites),
        hazards=bites,
        tails=tails,
        curves=drawn,
        drifts=() if recorded else tuple((run, drifts(run.records)) for run in measured),
        recorded=recorded,
    )


def _from_histograms(rows: Iterable[CellRow]) -> tuple[tuple[Tail, ...], tuple[Curve, ...]]:
    """Tails and curves; each histogram is decoded once, and few are kept."""
    rows = list(rows)
    kept: dict[int, Sample] = {}
    drawn, tails = picked(rows), []
    ids = {id(row) for row in drawn}
    for row in rows:
        sample = pooled_lateness(row.shown)
        if row.ok and (tail := tail_of(row.text, sample)):
            tails.append(tail)
        if id(row) in ids:
            kept[id(row)] = sample
    return tuple(tails), curves(drawn, [kept[id(row)] for row in drawn])
