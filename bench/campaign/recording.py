"""What ``bench watch`` saw as a run folder: a record for each map, its intervals as time series.

Intervals of one recording are no trials: they follow each other on a host that others use.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from bench.campaign.prepare import new_header
from bench.histogram import Histogram
from bench.host.noise import noise_snapshot
from bench.reason import Reason
from bench.record import (
    Callbacks,
    Noise,
    Recording,
    RunHeader,
    Status,
    TrialRecord,
    Venue,
)
from bench.spec import Cell, Grid, MapType, Sweep
from bench.spec.external import EVERY, EXTERNAL, MAP
from bench.store import RunFolder, check_writable, now_utc
from bench.trial.measurement import Sample
from bench.trial.sampling import as_arrays
from bench.trial.validity import samples_rule
from bench.units import NS_PER_DAY, NS_PER_S
from bench.watch.counts import OTHER, Counts, total
from bench.watch.document import Figures, MapFigures, WatchDocument
from bench.watch.hooks import Switches
from bench.watch.session import Seen

QUESTION = (
    "How late do the bpf_timers of this host fire, whoever armed them? A recording of bench watch, "
    "one observation of each map: nothing was varied, and nothing repeated."
)
LEAST_BYTES = 4 << 20
LONGEST_NS = NS_PER_DAY
"""That a recording can last: a trial's window can be no longer."""


@dataclass(slots=True)
class _Series:
    """The time series of a map so far."""

    lateness: Histogram = field(default_factory=Histogram)
    samples: list[Sample] = field(default_factory=list)

    def add(self, t_ns: int, seen: Seen, counts: Counts, steal: float) -> None:
        fresh = counts.lateness
        self.lateness = self.lateness.merged(fresh)
        self.samples.append(
            Sample(
                t_ns=t_ns,
                callbacks_hz=counts.fired * NS_PER_S / seen.duration_ns,
                p99_ns=self.lateness.supported_quantile(0.99),
                ksoftirqd_share=np.nan,
                steal=steal,
                connections_hz=None,
                mean_ns=fresh.total_ns / fresh.count if fresh.count else None,
            )
        )


class Recorder:
    """Writes one run folder.

    Args:
        results: Where the folder is made.
        switches: What is watched.
        interval_ns: Time between two points of the time series.
        duration_ns: How long it is to last.

    Raises:
        BenchError: The folder cannot be written.
    """

    def __init__(
        self, results: Path, switches: Switches, *, interval_ns: int, duration_ns: int
    ) -> None:
        """Make the folder; its run is unfinished until :meth:`finish`."""
        check_writable(results, LEAST_BYTES)
        recording = Recording(
            interval_ns=interval_ns, hooks=switches.programs, sample=switches.sample
        )
        header = replace(new_header(_sweep([EVERY], duration_ns), 0), recording=recording)
        self.folder = RunFolder.create(results, header)
        self._begin = self._last = noise_snapshot(())
        self._started, self._since_ns = now_utc(), 0
        self._series: dict[int, _Series] = {}

    def add(self, seen: Seen) -> None:
        """What was seen in one interval."""
        self._since_ns += seen.duration_ns
        now = noise_snapshot(())
        steal, self._last = now.since(self._last).steal, now
        for number in {group.map_id for group in seen.counts}:
            counts = total(each for group, each in seen.counts.items() if group.map_id == number)
            series = self._series.setdefault(number, _Series())
            series.add(self._since_ns, seen, counts, steal)

    def finish(self, document: WatchDocument) -> Path:
        """Write the records and mark the run as finished; the folder."""
        noise = self._last.since(self._begin)
        found: list[tuple[int, Cell, Figures]] = [
            (each.id, cell, each) for each, cell in _cells(document.maps)
        ]
        if document.other is not None:
            found.append((OTHER.map_id, _cell("other", None, None), document.other))
        for trial, (number, cell, figures) in enumerate(found, start=1):
            self.folder.append(self._record(trial, cell, figures, document, noise))
            if number in self._series:
                self.folder.save_samples(trial, as_arrays(self._series[number].samples))
        self._end(document, [cell for _, cell, _ in found])
        return self.folder.path

    def _record(
        self, trial: int, cell: Cell, figures: Figures, document: WatchDocument, noise: Noise
    ) -> TrialRecord:
        lateness = figures.lateness
        callbacks = Callbacks(
            fired=figures.fired,
            offered_hz=None,
            fired_hz=figures.fired_hz,
            served=None,
            timed=lateness.count + lateness.negative,
        )
        reasons: list[Reason] = list(samples_rule(callbacks))
        venue = figures.venue
        return TrialRecord(
            trial=trial,
            block=1,
            status=Status.INVALID if reasons else Status.OK,
            reasons=[reason.text for reason in reasons],
            codes=[reason.code for reason in reasons],
            notes=_notes(figures),
            cell=cell,
            started=self._started,
            window_ns=document.duration_ns,
            callbacks=callbacks,
            lateness=lateness,
            venue=Venue(idle=venue.idle, task=venue.task, ksoftirqd=venue.ksoftirqd),
            noise=noise,
            measures=_measures(figures),
            distributions={} if figures.run is None else {"run": figures.run},
        )

    def _end(self, document: WatchDocument, cells: list[Cell]) -> None:
        header = self.folder.header
        assert header.recording is not None
        recording = replace(
            header.recording, event_ns=document.own.event_ns, cpu_share=document.own.cpu_share
        )
        maps = [str(cell.option(MAP.name)) for cell in cells] or [EVERY]
        ended: RunHeader = replace(
            header,
            recording=recording,
            sweep=replace(_sweep(maps, document.duration_ns), seed=header.sweep.seed),
            trials_planned=len(cells),
        )
        self.folder = self.folder.save_header(ended).finish()


def _sweep(maps: list[str], duration_ns: int) -> Sweep:
    """What the recording would be asked as, if it could be repeated."""
    grid = Grid(program=EXTERNAL, options=((MAP.name, tuple(maps)),))
    return Sweep(
        name="watch",
        question=QUESTION,
        duration=min(max(duration_ns, NS_PER_S // 100), LONGEST_NS),
        warmup=0,
        repeat=1,
        seed=0,
        cells=(grid,),
    )


def _cells(maps: list[MapFigures]) -> list[tuple[MapFigures, Cell]]:
    """Each map with its cell: called by its name, or by its number where that is not its own."""
    names = [each.name for each in maps]
    return [
        (
            each,
            _cell(
                each.name if each.name and names.count(each.name) == 1 else str(each.id),
                each.type,
                each.max_entries,
            ),
        )
        for each in maps
    ]


def _cell(label: str, kind: str | None, max_entries: int | None) -> Cell:
    return Cell(
        program=EXTERNAL,
        map_type=MapType(kind) if kind in set(MapType) else MapType.HASH,
        map_size=max_entries or None,
        timeout_ns=None,
        options=((MAP.name, label),),
    )


def _notes(figures: Figures) -> list[str]:
    if not isinstance(figures, MapFigures):
        return []
    held = ", ".join(f"{each.name} ({each.pid or 'pin'})" for each in figures.held_by)
    called = ", ".join(
        dict.fromkeys(
            f"{each.program_name or each.program}/{each.callback or '-'}"
            for each in figures.callbacks
        )
    )
    return [
        f"map {figures.id} {figures.name or '-'}, held by {held or 'nobody'}; "
        f"callbacks of {called or 'nobody'}"
    ]


def _measures(figures: Figures) -> dict[str, int | float | None]:
    found: Mapping[str, int | float | None] = {
        "started_hz": figures.started_hz,
        "pushed_back_hz": figures.pushed_back_hz,
        "cancelled_hz": figures.cancelled_hz,
        "run_cpu_share": figures.run_cpu_share,
        "armed": figures.armed if isinstance(figures, MapFigures) else None,
    }
    return {name: value for name, value in found.items() if value is not None}
