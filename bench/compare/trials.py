"""What came of the trials of a cell in both runs, for the metric that decides the cell. Pure.

To leave out a trial that does not count would be to leave out what became worst. So a trial that
the timers themselves spoilt ranks worst; one that the host spoilt is left out together with the
trial of the other run that has its place in the same block, because it says nothing; and of one
whose account is open nothing is known: it is no evidence of a change, and none of its absence.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench.quantities.quantity import Quantity
from bench.reason import Spoiler, spoiler
from bench.record import Status, TrialRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """Trials of a cell in one run.

    Attributes:
        values: Of the trials that count.
        effects: Trials that the timers themselves spoilt.
        unknown: Trials of which nothing is known: their account is open, they failed, or they have
            too few callbacks for the metric.
        dropped: Trials that the host spoilt here or in the other run.
        codes: Codes of all that do not count, each once.
    """

    values: tuple[float, ...] = ()
    effects: int = 0
    unknown: int = 0
    dropped: int = 0
    codes: tuple[str, ...] = ()

    @property
    def judged(self) -> int:
        """Trials that say something: those that count, and those that rank worst."""
        return len(self.values) + self.effects


Place = tuple[int, int]
"""A block, and which of its trials of the cell it is."""


def sides(
    metric: Quantity, base: Sequence[TrialRecord], new: Sequence[TrialRecord]
) -> tuple[Side, Side]:
    """What came of the trials of one cell on one host, ``base`` and ``new``."""
    ours, theirs = _placed(base), _placed(new)
    disturbed = {place for side in (ours, theirs) for place, r in side.items() if _by_host(r)}
    return _side(metric, ours, disturbed), _side(metric, theirs, disturbed)


def _placed(records: Sequence[TrialRecord]) -> dict[Place, TrialRecord]:
    found: dict[Place, TrialRecord] = {}
    seen: dict[int, int] = {}
    for record in records:
        number = seen[record.block] = seen.get(record.block, 0) + 1
        found[record.block, number] = record
    return found


def _by_host(record: TrialRecord) -> bool:
    return record.status is not Status.OK and spoiler(record.codes) is Spoiler.HOST


def _side(metric: Quantity, placed: Mapping[Place, TrialRecord], disturbed: set[Place]) -> Side:
    kept = [record for place, record in placed.items() if place not in disturbed]
    ok = [record for record in kept if record.status is Status.OK]
    rest = [record for record in kept if record.status is not Status.OK]
    known = [value for record in ok if (value := metric.value(record)) is not None]
    effects = sum(spoiler(record.codes) is Spoiler.EFFECT for record in rest)
    return Side(
        values=tuple(known),
        effects=effects,
        unknown=len(kept) - len(known) - effects,
        dropped=len(placed) - len(kept),
        codes=tuple(dict.fromkeys(code for r in placed.values() for code in r.codes)),
    )
