"""What of a run is not answered, and which trials are measured anew for it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from bench.reason import MEDDLED, Code
from bench.record import Status, TrialRecord
from bench.spec import Cell
from bench.words.cells import cell_text
from bench.words.plurals import counted, plural


def is_wanting(record: TrialRecord) -> bool:
    """Whether a trial is to be measured anew: it failed, or somebody meddled with the host.

    What is invalid for another reason stays: that is what this host measures, and to repeat
    until it looks better would choose among measurements. So does what others suffered from.
    """
    if record.status is Status.INVALID:
        return not MEDDLED.isdisjoint(record.codes)
    return record.status is Status.FAILED and Code.WATCHDOG not in record.codes


def wanting(records: Iterable[TrialRecord]) -> list[TrialRecord]:
    """The trials that are to be measured anew."""
    return [record for record in records if is_wanting(record)]


def wanting_lines(records: Sequence[TrialRecord]) -> Iterator[str]:
    """Which these are, and why: a sentence for each cause."""
    causes: dict[tuple[Status, str], list[int]] = {}
    for record in wanting(records):
        causes.setdefault((record.status, _cause(record)), []).append(record.trial)
    for (status, cause), trials in causes.items():
        which = f"trial {trials[0]}" if len(trials) == 1 else f"trials {_listed(trials)}"
        does_not = f"{plural(len(trials), 'does', 'do')} not count"
        is_what = "failed" if status is Status.FAILED else does_not
        yield f"{which} of {len(records)} {is_what}: {cause}"


def is_answered(records: Sequence[TrialRecord], planned: int) -> bool:
    """Whether a run says what it was to say.

    No trial is wanting, each cell has one that counts, and most count: where most were thrown
    away, chance chose the others. Controls say nothing of that.
    """
    plain = _plain(records)
    if not plain:
        return not planned
    good = sum(record.status is Status.OK for record in plain)
    return not (any(map(is_wanting, records)) or without_answer(records) or 2 * good < len(plain))


def without_answer(records: Iterable[TrialRecord]) -> list[Cell]:
    """Cells without a trial that counts."""
    good: dict[Cell, bool] = {}
    for record in _plain(records):
        good[record.cell] = good.get(record.cell, False) or record.status is Status.OK
    return [cell for cell, answered in good.items() if not answered]


def unanswered_lines(records: Sequence[TrialRecord]) -> Iterator[str]:
    """What keeps a run from being an answer, beside the trials that are measured anew."""
    for cell in without_answer(records):
        yield f"no trial counts of {cell_text(cell)}"
    plain = _plain(records)
    good = sum(record.status is Status.OK for record in plain)
    if 0 < 2 * good < len(plain):
        yield f"only {good} of {counted(len(plain), 'trial')} count"


def _plain(records: Iterable[TrialRecord]) -> list[TrialRecord]:
    return [record for record in records if record.cell.control is None]


def _cause(record: TrialRecord) -> str:
    first = (record.error or "").partition("\n")[0]
    return "; ".join([*record.reasons, first] if first else record.reasons) or "no reason recorded"


def _listed(trials: Sequence[int]) -> str:
    return ", ".join(map(str, trials))
