"""Histograms of a run as HdrHistogram's percentile distributions, one text (.hgrm) each.

The text is what ``outputPercentileDistribution`` of HdrHistogram writes, in ns, and nothing
else: an index beside the files says what each is about.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from bench.analysis.estimate import by_cell
from bench.analysis.pooled import decoded, merged
from bench.export.percentiles import percentile_text
from bench.histogram import Histogram
from bench.record import Distribution, Status, TrialRecord
from bench.spec import Cell
from bench.words.cells import cell_text
from bench.words.escape import printable

INDEX_FILE = "index.csv"
INDEX_COLUMNS = ("file", "quantity", "unit", "cell", "trials", "negative", "overflow")
UNIT = "ns"


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """One percentile distribution: the name of its file, its text, and what it is about.

    Attributes:
        trials: Those whose values it has.
        negative: Their values below zero, which no histogram holds.
        overflow: Their values beyond the histogram's range.
    """

    file: str
    text: str
    quantity: str
    cell: str
    trials: tuple[int, ...]
    negative: int
    overflow: int


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
            yield _curve(name, record.cell, [part])


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
            yield _curve(f"cell-{number:03d}-{quantity}.hgrm", cell, parts)


def index_text(curves: Iterable[Curve]) -> str:
    """What each file is about, as csv: a row per file."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(INDEX_COLUMNS)
    for curve in curves:
        trials = " ".join(map(str, curve.trials))
        about = (curve.quantity, UNIT, curve.cell, trials, curve.negative, curve.overflow)
        writer.writerow((curve.file, *about))
    return out.getvalue()


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


def _curve(file: str, cell: Cell, parts: Sequence[_Part]) -> Curve:
    pooled = merged(part.histogram for part in parts)
    return Curve(
        file=file,
        text=percentile_text(pooled.counts),
        quantity=parts[0].quantity,
        cell=printable(cell_text(cell)),
        trials=tuple(part.trial for part in parts),
        negative=pooled.negative,
        overflow=pooled.overflow,
    )
