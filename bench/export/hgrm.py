"""Histograms of a run as HdrHistogram's percentile distributions, one text (.hgrm) each.

The text is what ``outputPercentileDistribution`` of HdrHistogram writes, in ns. Two comments
at its end say where it is from.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from bench.analysis.estimate import by_cell
from bench.analysis.pooled import decoded, merged
from bench.export.percentiles import percentile_text
from bench.histogram import Histogram
from bench.record import Distribution, Status, TrialRecord
from bench.spec import Cell
from bench.words.cell_text import cell_text
from bench.words.escape import printable


@dataclass(frozen=True, slots=True)
class Curve:
    """One percentile distribution: the name of its file, and its text."""

    file: str
    text: str


@dataclass(frozen=True, slots=True)
class _Part:
    """One histogram of one trial."""

    trial: int
    quantity: str
    histogram: Histogram


def trial_curves(records: Iterable[TrialRecord]) -> Iterator[Curve]:
    """A distribution per trial and quantity: ``trial-00007-lateness.hgrm``.

    Raises:
        BenchError: A histogram cannot be decoded.
    """
    for record in records:
        for part in _parts(record):
            name = f"trial-{record.trial:05d}-{part.quantity}.hgrm"
            yield Curve(name, _text(record.cell, [part]))


def cell_curves(records: Iterable[TrialRecord]) -> Iterator[Curve]:
    """The callbacks of a cell's ok trials together: ``cell-002-lateness.hgrm``.

    Cells count from 1 in the order of their first trial. A percentile of pooled callbacks
    shows a shape; it carries no interval, as the trials' own percentiles do.

    Raises:
        BenchError: A histogram cannot be decoded.
    """
    for number, (cell, trials) in enumerate(by_cell(records).items(), start=1):
        by_quantity: dict[str, list[_Part]] = {}
        for record in trials:
            for part in _parts(record) if record.status is Status.OK else ():
                by_quantity.setdefault(part.quantity, []).append(part)
        for quantity, parts in by_quantity.items():
            yield Curve(f"cell-{number:03d}-{quantity}.hgrm", _text(cell, parts))


def _parts(record: TrialRecord) -> Iterator[_Part]:
    for quantity, summary in _distributions(record):
        if summary is not None and summary.hdr:
            histogram = decoded(summary, f"trial {record.trial}, {quantity}")
            if histogram.counts.any():
                yield _Part(record.trial, quantity, histogram)


def _distributions(record: TrialRecord) -> Iterator[tuple[str, Distribution | None]]:
    yield "lateness", record.lateness
    for name, stage in (record.stages or {}).items():
        yield f"stage-{name}", stage
    yield "connect", record.load.connect if record.load else None
    for name, distribution in record.distributions.items():
        yield "".join(c if c.isalnum() or c in "-_" else "_" for c in name), distribution


def _text(cell: Cell, parts: Sequence[_Part]) -> str:
    pooled = merged(part.histogram for part in parts)
    trials = ", ".join(str(part.trial) for part in parts)
    return (
        percentile_text(pooled.counts)
        + f"#[Unit    = ns, Negative = {pooled.negative}, Overflow = {pooled.overflow}]\n"
        + f"#[Trials  = {trials}; {printable(cell_text(cell))}]\n"
    )
