"""What ``bench watch`` saw as a run folder: a record for each map, its intervals as time series.

Intervals of one recording are no trials: they follow each other on a host that others use.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from bench.campaign.prepare import new_header
from bench.campaign.recorded_maps import (
    cell_of,
    cells_of,
    distributions_of,
    measures_of,
    notes_of,
    sweep_of,
)
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
from bench.spec import Cell
from bench.spec.external import EVERY, MAP
from bench.store import RunFolder, check_writable, now_utc
from bench.trial.measurement import Sample
from bench.trial.sampling import as_arrays
from bench.trial.validity import samples_rule
from bench.units import NS_PER_S
from bench.watch.counts import OTHER, Counts, total
from bench.watch.document import Figures, WatchDocument
from bench.watch.session import Seen
from bench.watch.switches import Switches

LEAST_BYTES = 4 << 20
KEPT_NS = 10 * NS_PER_S
"""At least between two times that the records are written while the recording goes on."""
IDLE_TIMES = 50
"""At least so much longer than writing them took: it takes 2 % of a CPU at most."""


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
        header = replace(new_header(sweep_of([EVERY], duration_ns), 0), recording=recording)
        self.folder = RunFolder.create(results, header)
        self._begin = self._last = noise_snapshot(())
        self._started, self._since_ns = now_utc(), 0
        self._series: dict[int, _Series] = {}
        self._numbers: dict[int, int] = {}
        self._due_ns = time.monotonic_ns() + KEPT_NS

    def add(self, seen: Seen) -> bool:
        """What was seen in one interval; whether it is time to :meth:`keep` it."""
        self._since_ns += seen.duration_ns
        now = noise_snapshot(())
        steal, self._last = now.since(self._last).steal, now
        for number in {group.map_id for group in seen.counts}:
            counts = total(each for group, each in seen.counts.items() if group.map_id == number)
            series = self._series.setdefault(number, _Series())
            series.add(self._since_ns, seen, counts, steal)
        return time.monotonic_ns() >= self._due_ns

    def keep(self, document: WatchDocument) -> None:
        """Write the records as they are now: they are there whatever ends the process."""
        begun_ns = time.monotonic_ns()
        self._write(document)
        now_ns = time.monotonic_ns()
        self._due_ns = now_ns + max(KEPT_NS, IDLE_TIMES * (now_ns - begun_ns))

    def finish(self, document: WatchDocument) -> Path:
        """Write the records and mark the run as finished; the folder."""
        self._write(document)
        self.folder = self.folder.finish()
        return self.folder.path

    def _write(self, document: WatchDocument) -> None:
        noise = self._last.since(self._begin)
        found: list[tuple[int, Cell, Figures]] = [
            (each.id, cell, each) for each, cell in cells_of(document.maps)
        ]
        if document.other is not None:
            found.append((OTHER.map_id, cell_of("other", None, None), document.other))
        records = []
        for number, cell, figures in found:
            trial = self._numbers.setdefault(number, len(self._numbers) + 1)
            records.append(self._record(trial, cell, figures, document, noise))
            if number in self._series:
                self.folder.save_samples(trial, as_arrays(self._series[number].samples))
        self.folder.replace_records(sorted(records, key=lambda each: each.trial))
        self._describe(document, [cell for _, cell, _ in found])

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
            notes=notes_of(figures),
            cell=cell,
            started=self._started,
            window_ns=document.duration_ns,
            callbacks=callbacks,
            lateness=lateness,
            venue=Venue(idle=venue.idle, task=venue.task, ksoftirqd=venue.ksoftirqd),
            noise=noise,
            measures=measures_of(figures),
            distributions=distributions_of(figures),
        )

    def _describe(self, document: WatchDocument, cells: list[Cell]) -> None:
        header = self.folder.header
        assert header.recording is not None
        recording = replace(
            header.recording, event_ns=document.own.event_ns, cpu_share=document.own.cpu_share
        )
        maps = [str(cell.option(MAP.name)) for cell in cells] or [EVERY]
        described: RunHeader = replace(
            header,
            recording=recording,
            sweep=replace(sweep_of(maps, document.duration_ns), seed=header.sweep.seed),
            trials_planned=len(cells),
        )
        self.folder = self.folder.save_header(described)
