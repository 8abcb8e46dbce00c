"""Trends within the windows of a cell, judged over its trials, and the age of cells that age. Pure.

In one window a trend looks like chance. That of 55 windows 54 end with more CPU time of ksoftirqd
than they began with does not, so the trial is the unit: the first and the last third of each window
are compared, and the signs of the differences are counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import median

from bench.analysis.estimate import by_cell
from bench.record import Status, TrialRecord
from bench.spec import Cell
from bench.stats.multiple import false_discovery
from bench.stats.signs import p_agree
from bench.units import format_duration, format_percent, percent_number
from bench.words.cells import cell_text
from bench.words.plurals import counted, plural

ALPHA = 0.05
"""Share of trends that may be chance, over all cells of the run."""
RATIO = 0.10
"""Change from the first to the last third that matters; of a share of one CPU ``POINTS``."""
POINTS = 0.01
FEWEST = 6
"""Trials of a cell, of which even if all agree fewer are no evidence."""
SHARES = {"ksoftirqd_share"}
TITLES = {
    "callbacks_hz": "callbacks/s",
    "ksoftirqd_share": "ksoftirqd CPU",
    "mean_ns": "mean lateness",
    "connections_hz": "conn/s",
}
"""Series of :attr:`TrialRecord.thirds` in words."""


@dataclass(frozen=True, slots=True)
class Trend:
    """How a series of a cell's windows goes from their first third to their last.

    Attributes:
        series: Its key.
        rising: Trials in which it rises; ``falling`` likewise.
        change: Median over trials: relative, or in points of a share.
        p: Chance of so many that agree if there is no trend, corrected for all of the run.
        age_ns: Age of its timers when the window opens, of cells that age by nature.
    """

    cell: Cell
    series: str
    rising: int
    falling: int
    change: float
    p: float
    age_ns: int | None

    @property
    def found(self) -> bool:
        """Whether there is a trend, and it is large enough to matter."""
        least = POINTS if self.series in SHARES else RATIO
        return self.p <= ALPHA and abs(self.change) >= least

    @property
    def sentence(self) -> str:
        """What a reader must know."""
        agree = max(self.rising, self.falling)
        of = counted(self.rising + self.falling, "trial")
        why = " as it ages, by nature" if self.age_ns is not None else ""
        verb = "rises" if self.rising >= self.falling else "falls"
        return (
            f"{cell_text(self.cell)}: {TITLES.get(self.series, self.series)} {verb} within the "
            f"window in {agree} of {of}, by {self._size} from its first third to its last{why}"
        )

    @property
    def _size(self) -> str:
        if self.series in SHARES:
            number = percent_number(abs(self.change))
            return f"{number} {plural(float(number), 'point')}"
        return format_percent(abs(self.change))


def trends(records: Iterable[TrialRecord]) -> list[Trend]:
    """Of every cell with trials enough, each series."""
    found = [trend for group in _cells(records) for trend in _of_cell(group)]
    corrected = false_discovery([trend.p for trend in found]) if found else []
    return [replace(trend, p=p) for trend, p in zip(found, corrected, strict=True)]


def trend_lines(records: Sequence[TrialRecord]) -> tuple[str, ...]:
    """What was found, and which cells age by nature, a sentence each."""
    return (
        *(trend.sentence for trend in trends(records) if trend.found),
        *(_age_sentence(group) for group in _cells(records) if group[0].age_ns is not None),
    )


def _cells(records: Iterable[TrialRecord]) -> list[list[TrialRecord]]:
    ok = [record for record in records if record.status is Status.OK]
    return [list(group) for group in by_cell(ok).values()]


def _of_cell(records: Sequence[TrialRecord]) -> Iterator[Trend]:
    for series in dict.fromkeys(key for record in records for key in record.thirds):
        changes = [_change(series, *r.thirds[series]) for r in records if series in r.thirds]
        known = [change for change in changes if change is not None]
        if len(known) >= FEWEST:
            rising, falling = sum(c > 0 for c in known), sum(c < 0 for c in known)
            cell, age_ns = records[0].cell, records[0].age_ns
            p = p_agree(rising, falling)
            yield Trend(cell, series, rising, falling, median(known), p, age_ns)


def _change(series: str, first: float, last: float) -> float | None:
    if series in SHARES:
        return last - first
    return last / first - 1 if first > 0 else None


def _age_sentence(records: Sequence[TrialRecord]) -> str:
    """Figures of such a cell are of timers of this age only."""
    ages = [record.age_ns for record in records if record.age_ns is not None]
    opened = round(median(ages))
    closed = opened + round(median(record.window_ns for record in records))
    return (
        f"{cell_text(records[0].cell)}: its timers were {format_duration(opened)} old when the "
        f"window opened and {format_duration(closed)} when it closed; figures are of that age"
    )
