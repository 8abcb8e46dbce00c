"""What the records of one or several runs say: computed once for Markdown and page. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bench.analysis.curves import Curve, curves, picked
from bench.analysis.drift import Drift, drifts
from bench.analysis.effects import Effects, effects
from bench.analysis.headline import Sentence, answer
from bench.analysis.pooled import Sample, pooled_lateness
from bench.analysis.source import Source
from bench.analysis.tails import Tail, tail_of
from bench.analysis.tidy import Row, tidy


@dataclass(frozen=True, slots=True)
class Findings:
    """Of the runs that measured; one in an emulated machine did not.

    Attributes:
        rows: All cells; ``plain`` are those that are no controls.
        answer: Five sentences.
        tails: Cells that have a histogram of their callbacks and enough of them.
        curves: Percentile curves to choose from.
        drifts: How blocks differ, of each source that measured.
    """

    sources: tuple[Source, ...]
    rows: tuple[Row, ...]
    plain: tuple[Row, ...]
    effects: Effects
    answer: tuple[Sentence, ...]
    tails: tuple[Tail, ...]
    curves: tuple[Curve, ...]
    drifts: tuple[tuple[Source, tuple[Drift, ...]], ...]

    @property
    def measured(self) -> tuple[Source, ...]:
        """Runs whose times mean anything."""
        return tuple(source for source in self.sources if source.measured)


def findings(sources: Sequence[Source]) -> Findings:
    """Judge the records of all runs.

    Raises:
        BenchError: A histogram cannot be decoded.
    """
    measured = [source for source in sources if source.measured]
    rows = tidy(measured)
    plain = tuple(row for row in rows if row.cell.control is None)
    compared = effects(measured)
    tails, drawn = _from_histograms(plain)
    return Findings(
        sources=tuple(sources),
        rows=rows,
        plain=plain,
        effects=compared,
        answer=answer(rows, compared),
        tails=tails,
        curves=drawn,
        drifts=tuple((source, drifts(source.records)) for source in measured),
    )


def _from_histograms(rows: Iterable[Row]) -> tuple[tuple[Tail, ...], tuple[Curve, ...]]:
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
