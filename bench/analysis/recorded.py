"""What recordings of ``bench watch`` say: one observation of each map, and no trials. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from bench.analysis.answers.question import Sentence
from bench.errors import UsageError
from bench.quantities.quantity import Quantity
from bench.quantities.recorded import (
    OVER_KSOFTIRQD,
    RECORDED,
    RECORDED_FIRED,
    RECORDED_P50,
    RECORDED_P99,
)
from bench.record import RunHeader, TrialRecord
from bench.store.run import Run
from bench.units import format_count, format_duration, format_percent
from bench.words.cells import map_text
from bench.words.plurals import counted

ONE_OBSERVATION = (
    "A recording is one observation of a host that others use. Its intervals follow each other "
    "and are no trials: no figure has an interval, another hour may differ, and bench compare "
    "refuses recordings. What a change does, trials say: bench run --program external."
)


@dataclass(frozen=True, slots=True)
class Watched:
    """One map, or all that had no counters of their own.

    Attributes:
        name: As :func:`map_text` calls it.
        record: What was seen of it.
    """

    name: str
    record: TrialRecord

    @property
    def fired(self) -> int:
        """Its callbacks."""
        return self.record.callbacks.fired if self.record.callbacks else 0

    @property
    def called(self) -> str:
        """The same within a sentence."""
        return f"map {self.name}"

    def text(self, quantity: Quantity) -> str:
        """A figure for people."""
        return quantity.text(quantity.value(self.record))


def are_recordings(headers: Iterable[RunHeader]) -> bool:
    """Whether all of them are recordings.

    Raises:
        UsageError: Some are, and others are runs: nothing can be said of both.
    """
    known = list(headers)
    recordings = [header for header in known if header.recording is not None]
    if recordings and len(recordings) < len(known):
        raise UsageError(
            f"{recordings[0].run_id} is a recording of bench watch, others are runs",
            remedy="Report recordings and runs apart from each other",
        )
    return bool(recordings)


def watched(runs: Sequence[Run]) -> tuple[Watched, ...]:
    """All maps, those that fired most often first."""
    several = len(runs) > 1
    found = [
        Watched(map_text(record.cell, run.name if several else ""), record)
        for run in runs
        for record in run.records
    ]
    return tuple(sorted(found, key=lambda each: -each.fired))


def known_quantities(maps: Sequence[Watched]) -> list[Quantity]:
    """Those that any map has."""
    return [q for q in RECORDED if any(q.value(each.record) is not None for each in maps)]


def recorded_answer(runs: Sequence[Run]) -> tuple[Sentence, ...]:
    """The latest map of all; of each recording how often, over what, and what watching took.

    Rates and shares of several are not added: they are of other hosts, or of another time.
    """
    fired = [each for each in watched(runs) if each.fired]
    several = len(runs) > 1
    own = [
        replace(each, text=f"{run.name}: {each.text}") if several else each
        for run in runs
        for each in _of_one(run)
    ]
    return (*(_lateness(fired) if fired else ()), *own)


def _of_one(run: Run) -> list[Sentence]:
    maps = watched([run])
    fired = [each for each in maps if each.fired]
    cost = own_cost(run.header)
    costs = [Sentence("Own cost", cost, "numbers")] if cost else []
    if not fired:
        text = f"No bpf_timer fired; {counted(len(maps), 'map')} could hold some."
        return [Sentence("Rate", text, "numbers"), *costs]
    return [_rate(maps, fired), *_venues(fired), *costs]


def _lateness(fired: Sequence[Watched]) -> list[Sentence]:
    by: Quantity = RECORDED_P99
    known = [each for each in fired if by.value(each.record) is not None]
    if not known:
        by = RECORDED_P50
        known = [each for each in fired if by.value(each.record) is not None]
    if not known:
        few = "No map fired often enough for a median, which takes 20 callbacks."
        return [Sentence("Lateness", few, "numbers")]
    latest = max(known, key=lambda each: by.value(each.record) or 0)
    late = latest.record.lateness
    assert late is not None
    tail = "" if late.p99_ns is None else f", the latest 1 % more than {latest.text(RECORDED_P99)}"
    callbacks, median = counted(late.count, "callback"), latest.text(RECORDED_P50)
    text = (
        f"By its {by.title.split()[0]}, the latest is {latest.called}: of {callbacks} half came "
        f"{median} after their programmed expiry or sooner{tail}, and the very latest "
        f"{format_duration(late.max_ns)}."
    )
    return [Sentence("Lateness", text, "percentiles")]


def _rate(maps: Sequence[Watched], fired: Sequence[Watched]) -> Sentence:
    rates = [RECORDED_FIRED.value(each.record) or 0.0 for each in fired]
    text = f"{format_count(sum(rates))} callbacks/s in {counted(len(fired), 'map')}"
    if len(fired) > 1:
        share = format_percent(rates[0] / sum(rates))
        text += f", {share} of them in {fired[0].called}"
    quiet = len(maps) - len(fired)
    more = f"; {counted(quiet, 'map')} had none" if quiet else ""
    return Sentence("Rate", f"{text}{more}.", "time-series")


def _venues(fired: Sequence[Watched]) -> list[Sentence]:
    seen = [each.record.venue for each in fired if each.record.venue]
    counts = [sum(getattr(venue, name) for venue in seen) for name in ("idle", "task", "ksoftirqd")]
    if not sum(counts):
        return []
    idle, task, ksoftirqd = (format_percent(count / sum(counts)) for count in counts)
    text = (
        f"{idle} of the callbacks ran over an idle CPU, {task} over another task, whose time they "
        f"took, {ksoftirqd} in ksoftirqd"
    )
    if counts[2] and len(fired) > 1:
        most = max(fired, key=lambda each: OVER_KSOFTIRQD.value(each.record) or 0)
        text += f"; of {most.called} it was {most.text(OVER_KSOFTIRQD)}, the highest share"
    return [Sentence("Venue", f"{text}.", "venues")]


def own_cost(header: RunHeader) -> str:
    """What watching took, in a sentence; empty if the header is that of a run."""
    recording = header.recording
    if recording is None:
        return ""
    if recording.event_ns is None:
        return "What watching took is not known: too few events were timed."
    share = format_percent(recording.cpu_share)
    return f"Watching took {format_duration(recording.event_ns)} at each event, {share} of one CPU."


def how_recorded(header: RunHeader) -> list[tuple[str, str]]:
    """What was watched, by its name in a list."""
    recording = header.recording
    assert recording is not None
    sampled = "each callback" if recording.sample == 1 else f"one callback in {recording.sample:,}"
    return [
        ("Hooks", ", ".join(recording.hooks)),
        ("Lateness and venue", f"of {sampled}"),
        ("Points of the time series", f"every {format_duration(recording.interval_ns)}"),
    ]


def lasted(header: RunHeader, records: Sequence[TrialRecord]) -> str:
    """When it began, how long it was, and whether it came to its end."""
    seen = max((record.window_ns for record in records), default=0)
    end = "" if header.finished else "; it did not finish, and this is what it had seen"
    return f"Began {header.started}, watched for {format_duration(seen)}{end}."


def steal_text(records: Sequence[TrialRecord]) -> str:
    """What the hypervisor took meanwhile: the same in each record."""
    found = next((record.noise.steal for record in records if record.noise), None)
    return f"{format_percent(found)} of CPU time"
