"""What a reader must know before believing a page. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from bench.record import Status, TrialRecord
from bench.report.columns import CPU_PER_CALLBACK, STEAL, Column
from bench.report.page.source import Source
from bench.report.page.text import count_text
from bench.report.page.tidy import Row
from bench.report.provenance import Trouble, provenance
from bench.spec import Cell, Instrument
from bench.units import format_percent

MOST_TROUBLES = 200


@dataclass(frozen=True, slots=True)
class Validity:
    """Sentences, and the trials that do not count.

    Attributes:
        virtual: What kind of virtual machine the hosts are; empty for real ones.
        left_out: Troubles beyond those listed.
    """

    counts: tuple[str, ...]
    virtual: tuple[str, ...]
    noise: str
    instrument: str
    troubles: tuple[tuple[str, Trouble], ...]
    left_out: int
    warnings: tuple[str, ...]


def validity(sources: Sequence[Source], rows: Sequence[Row]) -> Validity:
    """Judge all runs of a page."""
    troubles = [
        (source.name, trouble)
        for source in sources
        for trouble in provenance(source.records, source.header.trials_planned).troubles
    ]
    return Validity(
        counts=tuple(_counts(source) for source in sources),
        virtual=tuple(text for source in sources if (text := _virtual(source))),
        noise=_noise([record for source in sources for record in source.records]),
        instrument=_instrument(rows),
        troubles=tuple(troubles[:MOST_TROUBLES]),
        left_out=max(len(troubles) - MOST_TROUBLES, 0),
        warnings=tuple(warning for source in sources for warning in source.warnings),
    )


def _counts(source: Source) -> str:
    planned = source.header.trials_planned
    found = provenance(source.records, planned)
    words = [f"{found.counts[status]:,} {status}" for status in Status]
    text = f"{source.name}: of {count_text(planned, 'planned trial')} {', '.join(words)}"
    return f"{text}, {found.missing:,} not run."


def _virtual(source: Source) -> str:
    host = source.header.host
    if not (host.get("hypervisor") or host.get("hypervisor_flag")):
        return ""
    kind = host.get("hypervisor") or "unknown hypervisor"
    return (
        f"{source.name} is a virtual machine ({kind}): its CPUs can be taken away at any time, "
        "so absolute figures, and tails above all, are those of this machine on that day."
    )


def _noise(records: Sequence[TrialRecord]) -> str:
    steal = [record.noise.steal for record in records if record.noise]
    if not steal:
        return "No trial has a record of noise."
    return (
        f"The hypervisor took {format_percent(float(np.median(steal)))} of CPU time in the median "
        f"trial and {format_percent(max(steal))} in the worst ({STEAL.title})."
    )


def _instrument(rows: Sequence[Row]) -> str:
    """Ratio of the callback's cost with and without recording, over pairs of cells."""
    full = {(row.host, _bare(row.cell)): row for row in rows if not _empty(row)}
    pairs = [
        (full[key], row)
        for row in rows
        if _empty(row) and (key := (row.host, _bare(row.cell))) in full
    ]
    ratios = [r for with_, without in pairs if (r := _ratio(with_, without, CPU_PER_CALLBACK))]
    if not ratios:
        return (
            "The run has no cell with an empty callback beside the same cell with a full one, so "
            "what recording costs is not known from it."
        )
    return (
        f"Recording makes a callback {float(np.median(ratios)):.3g} times as expensive "
        f"(HRTIMER softirq time; {min(ratios):.3g} to {max(ratios):.3g} over "
        f"{count_text(len(ratios), 'pair')} of cells)."
    )


def _bare(cell: Cell) -> Cell:
    return replace(cell, instrument=Instrument.FULL)


def _empty(row: Row) -> bool:
    return row.cell.instrument is Instrument.EMPTY


def _ratio(with_: Row, without: Row, column: Column) -> float | None:
    above, below = with_.get(column), without.get(column)
    return above.median / below.median if above and below and below.median else None
