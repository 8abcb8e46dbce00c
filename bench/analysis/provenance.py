"""Where the figures come from: hooks, observers, memory reserve, and trials that do not count."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bench.analysis.trends import trend_lines
from bench.quantities.softirq import MOST_SEEN, seen_share
from bench.record import HookChoice, ObserverInfo, Reserve, Status, TrialRecord
from bench.stats.change import SHORTEST
from bench.units import NS_PER_S, format_duration, format_percent
from bench.words.cells import cell_text
from bench.words.plurals import counted

LONGEST_REASON = 400
STEADY_NS = (SHORTEST + 1) * NS_PER_S // 10
"""Window below which its samples, ten a second, cannot show a change of level."""
MOST_UNSTEADY = 20
"""Kinds of notes on unsteady windows that are listed."""
_FIGURES = re.compile(r"[-+]?\d[\d,.]*")


@dataclass(frozen=True, slots=True)
class Trouble:
    """A trial that does not enter the medians, and why."""

    trial: int
    block: int
    status: Status
    cell: str
    why: str


@dataclass(frozen=True, slots=True)
class Provenance:
    """What was really used over all trials, one sentence each.

    Attributes:
        counts: Trials by status.
        missing: Planned trials that have no record.
        steal: Share of CPU time that the hypervisor took, over all measured trials.
        load_errors: Failed and missed connections of all trials.
        unseen: How many HRTIMER softirqs the observer did not see, if that matters.
        missed: Runs of hooks that the kernel left out, by program; empty if there were none.
        unsteady: What was noted of windows that were not steady, by what it is.
        trends: Trends within the windows of a cell, over its trials; ages of cells that age.
    """

    counts: Mapping[Status, int]
    missing: int
    steal: str
    load_errors: str
    hooks: tuple[str, ...]
    observers: tuple[str, ...]
    reserves: tuple[str, ...]
    unseen: tuple[str, ...]
    missed: tuple[str, ...]
    unsteady: tuple[str, ...]
    trends: tuple[str, ...]
    troubles: tuple[Trouble, ...]


def provenance(records: Sequence[TrialRecord], planned: int) -> Provenance:
    """Collect from the latest record of each trial; ``planned`` = trials of the whole run."""
    counts = Counter(record.status for record in records)
    hooks = [_hook(r.cell.program, r.hook) for r in records if r.hook]
    return Provenance(
        counts={status: counts[status] for status in Status},
        missing=max(planned - len(records), 0),
        steal=_steal([r.noise.steal for r in records if r.noise]),
        load_errors=_load_errors(records),
        hooks=_counted(hooks),
        observers=_counted(_observer(r.observer) for r in records if r.observer),
        reserves=_counted(_reserve(r.reserve) for r in records if r.reserve),
        unseen=_unseen(records),
        missed=_missed(records),
        unsteady=_unsteady(records),
        trends=trend_lines(records),
        troubles=troubles(records),
    )


def troubles(records: Iterable[TrialRecord]) -> tuple[Trouble, ...]:
    """Trials that do not count, in their order."""
    return tuple(_trouble(r) for r in records if r.status is not Status.OK)


def _unseen(records: Sequence[TrialRecord]) -> tuple[str, ...]:
    known = [share for r in records if (share := seen_share(r, "hrtimer")) is not None]
    few = [share for share in known if share < MOST_SEEN]
    if not few:
        return ()
    return (
        f"fewer than {format_percent(MOST_SEEN)} of the HRTIMER softirqs were seen in "
        f"{len(few)} of {counted(len(known), 'trial')}, at worst {format_percent(min(few))}; "
        "their time is scaled to all that the kernel counted",
    )


def _missed(records: Sequence[TrialRecord]) -> tuple[str, ...]:
    """A program does not run within itself on one CPU; the kernel counts what it left out."""
    missed = [r.recursion_misses for r in records if r.recursion_misses]
    total: Counter[str] = Counter()
    for each in missed:
        total.update(each)
    trials = f"in {len(missed)} of {counted(len(records), 'trial')}"
    return tuple(
        f"{name}: {counted(count, 'run')} left out by the kernel (recursion) {trials}"
        for name, count in sorted(total.items())
    )


def _unsteady(records: Sequence[TrialRecord]) -> tuple[str, ...]:
    """Notes that differ in their figures only are told once, in the words of the first trial."""
    kinds: dict[str, dict[int, str]] = {}
    for record in records:
        for note in record.notes:
            kinds.setdefault(_FIGURES.sub("", note), {}).setdefault(record.trial, note)
    ordered = sorted(kinds.values(), key=lambda trials: (-len(trials), min(trials)))
    left = len(ordered) - MOST_UNSTEADY
    rest = [f"{counted(left, 'more kind')} of notes (trials.jsonl has all)"] if left > 0 else []
    return (*_unjudged(records), *map(_noted, ordered[:MOST_UNSTEADY]), *rest)


def _noted(trials: Mapping[int, str]) -> str:
    first = min(trials)
    if len(trials) == 1:
        return f"trial {first}: {trials[first]}"
    return f"{counted(len(trials), 'trial')}, as trial {first}: {trials[first]}"


def _unjudged(records: Sequence[TrialRecord]) -> list[str]:
    """How many windows were too short to be called steady or unsteady."""
    measured = [record for record in records if record.window_ns]
    short = sum(record.window_ns < STEADY_NS for record in measured)
    if not short:
        return []
    of = f"{short} of {counted(len(measured), 'trial')}"
    least = format_duration(STEADY_NS)
    return [f"not judged in {of}: a window shorter than {least} has too few samples"]


def _counted(sentences: Iterable[str]) -> tuple[str, ...]:
    counts = Counter(sentences)
    return tuple(f"{text} ({counted(count, 'trial')})" for text, count in counts.items())


def _hook(program: str, choice: HookChoice) -> str:
    """The reason alone, which is what the kernel said; what libbpf adds names files of the host."""
    reasons = ((hook, why.partition(";")[0]) for hook, why in choice.refused.items())
    refused = "; ".join(f"{hook} refused: {why}" for hook, why in reasons)
    return f"{program}: {choice.used}" + (f"; {refused}" if refused else "")


def _observer(info: ObserverInfo) -> str:
    detail = ", ".join(f"{key} {value}" for key, value in info.detail.items())
    return f"{info.name}: {detail}" if detail else info.name


def _reserve(reserve: Reserve) -> str:
    if not reserve.used:
        return f"not used; {reserve.reason}"
    size = f"{counted(reserve.objects, 'object')} of {reserve.object_bytes} bytes"
    return f"used: {size} in {reserve.seconds:.2f} s; {reserve.reason}"


def _steal(shares: Sequence[float]) -> str:
    if not shares:
        return "-"
    median = format_percent(float(np.median(shares)))
    return f"median {median}, highest {format_percent(max(shares))} of CPU time"


def _load_errors(records: Sequence[TrialRecord]) -> str:
    """What failed, and what was due but not attempted: that is no cost while controls have it."""
    loads = [(record.load, record.cell.control is not None) for record in records if record.load]
    if not loads:
        return "-"
    errors: Counter[str] = Counter()
    for load, _ in loads:
        errors.update(load.errors)
    found = [f"{count:,} {name}" for name, count in sorted(errors.items()) if count]
    missed = sum(load.missed for load, _ in loads)
    if missed:
        in_controls = sum(load.missed for load, control in loads if control)
        found.append(
            f"{missed:,} missed (due, but not yet attempted when the window closed; "
            f"{in_controls:,} of them in controls, which have no timers)"
        )
    return ", ".join(found) or "none"


def _trouble(record: TrialRecord) -> Trouble:
    parts = [*record.reasons, *([record.error] if record.error else [])]
    why = "; ".join(parts) or "no reason was recorded"
    if len(why) > LONGEST_REASON:
        why = why[:LONGEST_REASON] + " ... (all of it is in trials.jsonl)"
    return Trouble(record.trial, record.block, record.status, cell_text(record.cell), why)


def facts(values: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Name and text of each fact; nested mappings get dotted names, lists become one line."""
    found: list[tuple[str, str]] = []
    for name, value in values.items():
        if isinstance(value, Mapping):
            found += [(f"{name}.{key}", text) for key, text in facts(value)]
        elif isinstance(value, (list, tuple)):
            found.append((name, ", ".join(map(str, value)) or "-"))
        else:
            found.append((name, "-" if value is None else str(value)))
    return found
