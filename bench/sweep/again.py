"""Which trials of a run are measured anew when it is continued, and why. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from bench.reason import MEDDLED
from bench.record import Status, TrialRecord
from bench.words.plurals import plural


def is_wanting(record: TrialRecord) -> bool:
    """Whether a trial is to be measured anew: it failed, or somebody meddled with the host.

    What is invalid for another reason stays: that is what this host measures, and to repeat
    until it looks better would choose among measurements.
    """
    if record.status is Status.INVALID:
        return not MEDDLED.isdisjoint(record.codes)
    return record.status is Status.FAILED


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


def _cause(record: TrialRecord) -> str:
    first = (record.error or "").partition("\n")[0]
    return "; ".join([*record.reasons, first] if first else record.reasons) or "no reason recorded"


def _listed(trials: Sequence[int]) -> str:
    return ", ".join(map(str, trials))
