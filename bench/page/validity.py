"""What a reader must know before believing a page. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bench.analysis.boots import boots_text
from bench.analysis.drift import drift_text
from bench.analysis.effects import HostEffect, effect_text, is_unchanged
from bench.analysis.findings import Findings
from bench.analysis.provenance import Trouble, provenance
from bench.analysis.stolen import late_and_stolen
from bench.quantities.behaviour import NO_MEASUREMENT
from bench.quantities.callbacks import FIRED
from bench.quantities.cpu import CPU_PER_CALLBACK, STEAL
from bench.record import Status, TrialRecord
from bench.spec import Control
from bench.store.run import Run
from bench.store.upgrade import lacking
from bench.units import format_percent
from bench.words.cells import cell_text
from bench.words.machines import virtual_machine
from bench.words.plurals import counted, plural

MOST_TROUBLES = 200
MOST_SENTENCES = 12


@dataclass(frozen=True, slots=True)
class Validity:
    """Sentences, and the trials that do not count.

    Attributes:
        emulated: Runs without times, because their machine was emulated.
        virtual: What kind of virtual machine the hosts are; empty for real ones.
        drift: Whether blocks differ, a sentence for each run that measured.
        left_out: Troubles beyond those listed.
    """

    counts: tuple[str, ...]
    virtual: tuple[str, ...]
    emulated: tuple[str, ...]
    noise: str
    drift: tuple[str, ...]
    instrument: tuple[str, ...]
    troubles: tuple[tuple[str, Trouble], ...]
    left_out: int
    warnings: tuple[str, ...]


def validity(found: Findings) -> Validity:
    """Judge all runs of a page."""
    runs = found.runs
    troubles = [
        (run.name, trouble)
        for run in runs
        for trouble in provenance(run.records, run.header.trials_planned).troubles
    ]
    return Validity(
        counts=(
            *map(_counts, runs),
            *_boots(runs),
            *(f"{text}." for run in runs if (text := lacking(run.header))),
        ),
        virtual=tuple(text for run in runs if (text := _virtual(run))),
        emulated=tuple(f"{s.name}: {NO_MEASUREMENT}" for s in runs if not s.measured),
        noise=_noise([record for run in runs if run.measured for record in run.records]),
        drift=tuple(f"{s.name}: drift between blocks: {drift_text(d)}." for s, d in found.drifts),
        instrument=instrument_lines(found.effects.instrument),
        troubles=tuple(troubles[:MOST_TROUBLES]),
        left_out=max(len(troubles) - MOST_TROUBLES, 0),
        warnings=tuple(warning for run in runs for warning in run.warnings),
    )


def _counts(run: Run) -> str:
    planned = run.header.trials_planned
    found = provenance(run.records, planned)
    words = [f"{found.counts[status]:,} {status}" for status in Status]
    text = f"{run.name}: of {counted(planned, 'planned trial')} {', '.join(words)}"
    return f"{text}, {found.missing:,} not run."


def _boots(runs: Sequence[Run]) -> tuple[str, ...]:
    text = boots_text([run.header for run in runs])
    return (f"{text[0].upper()}{text[1:]}.",) if text else ()


def _virtual(run: Run) -> str:
    kind = virtual_machine(run.header.host)
    if not kind:
        return ""
    late = late_and_stolen(run.records)
    return (
        f"{run.name} is a virtual machine ({kind}): absolute figures are those of this machine on "
        f"that day.{f' {late}.' if late else ''}"
    )


def _noise(records: Sequence[TrialRecord]) -> str:
    steal = [record.noise.steal for record in records if record.noise]
    if not steal:
        return "No trial has a record of noise."
    return (
        f"The hypervisor took {format_percent(float(np.median(steal)))} of CPU time in the median "
        f"trial and {format_percent(max(steal))} in the worst ({STEAL.title})."
    )


def instrument_lines(found: Sequence[HostEffect]) -> tuple[str, ...]:
    """What recording and observing do to what they measure, each as a ratio."""
    judged = [i.effect for i in found if i.effect.quantity in (CPU_PER_CALLBACK, FIRED)]
    changed = [effect for effect in judged if not is_unchanged(effect)]
    sentences = [
        f"{cell_text(effect.cell)}: {effect.quantity.title} is {effect_text(effect)} that "
        f"{_BESIDE[effect.control]}."
        for effect in changed
    ]
    if same := len(judged) - len(changed):
        sentences.append(
            f"{counted(same, 'comparison')} of the instrument with less or more of it showed no "
            "difference: the interval of the ratio holds 1."
        )
    if not sentences:
        return (
            "No control without recording or without an observer was measured, so the "
            "instrument's own effect is not known from this run.",
        )
    more = len(sentences) - MOST_SENTENCES
    if more <= 0:
        return tuple(sentences)
    are = plural(more, "is", "are")
    listed = f"{counted(more, 'more comparison')} of this kind {are} not listed."
    return (*sentences[:MOST_SENTENCES], listed)


_BESIDE = {
    Control.EMPTY: "with an empty callback",
    Control.UNOBSERVED: "without an observer",
    Control.STAGES: "with stages recorded as well",
}
