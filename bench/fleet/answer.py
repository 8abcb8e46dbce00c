"""The answer of a fleet run in a few sentences, each made from its records. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import median

from bench.analysis.answers.question import Sentence
from bench.fleet.differing import Differing, sentences
from bench.fleet.model import Fleet, HostRun
from bench.fleet.tables import cells_of
from bench.fleet.words import Trouble, names_text, verdict
from bench.quantities.callbacks import P50, P99
from bench.quantities.catalogue import TABLE
from bench.quantities.quantity import Quantity
from bench.spec import Cell
from bench.words.cells import cell_text
from bench.words.plurals import counted

MOST_DIFFERENT = 3
"""Hosts that differ named in the answer; the table has all."""


def answer(fleet: Fleet, found: Differing, troubles: Sequence[Trouble]) -> tuple[Sentence, ...]:
    """State, lateness, hosts that differ, and what went wrong."""
    return (
        Sentence("State", verdict(fleet), "hosts"),
        Sentence("Lateness", _lateness(fleet), "quantities-section"),
        Sentence("Hosts that differ", _differing(found), "differing"),
        Sentence("What went wrong", _wrong(troubles), "troubles"),
    )


def _lateness(fleet: Fleet) -> str:
    parts = [*_typical(fleet.hosts, P50, "median callback"), *_worst(fleet.hosts, P99)]
    if not parts:
        return "No host has a valid lateness, so their lateness is not known."
    return f"{'; '.join(parts)}."


def _typical(hosts: Sequence[HostRun], column: Quantity, what: str) -> Iterator[str]:
    known = _by_cell(hosts, column)
    if known:
        known.sort(key=lambda pair: median(pair[1].values()))
        cell, values = known[(len(known) - 1) // 2]
        late = f"{column.text(median(values.values()))} late{_ends(column, values)}"
        yield f"In the typical cell ({cell_text(cell)}) the {what} is {late}"


def _worst(hosts: Sequence[HostRun], column: Quantity) -> Iterator[str]:
    known = _by_cell(hosts, column)
    if known:
        cell, values = max(known, key=lambda pair: max(pair[1].values()))
        host = max(values, key=lambda name: values[name])
        yield (
            f"the latest {column.title} of any cell is {column.text(values[host])}, "
            f"on {host} ({cell_text(cell)})"
        )


def _ends(column: Quantity, values: dict[str, float]) -> str:
    """From which host to which; nothing for a single host."""
    if len(values) < 2:
        return ""
    low, high = (pick(values, key=lambda name: values[name]) for pick in (min, max))
    ends = f"from {column.text(values[low])} ({low}) to {column.text(values[high])} ({high})"
    return f" in the median host, {ends}"


def _by_cell(hosts: Sequence[HostRun], column: Quantity) -> list[tuple[Cell, dict[str, float]]]:
    """Valid figures by host of the cells that most hosts have."""
    number = TABLE.index(column)
    found = []
    for cell in cells_of(hosts):
        known = [(host.name, host.cells[cell]) for host in hosts if cell in host.cells]
        values = {n: v for n, figures in known if (v := figures.counted(number)) is not None}
        if values:
            found.append((cell, values))
    most = max((len(values) for _, values in found), default=0)
    return [(cell, values) for cell, values in found if len(values) == most]


def _differing(found: Differing) -> str:
    if not found.rows:
        return found.nothing
    different = sentences(found.rows)
    more = len(different) - MOST_DIFFERENT
    rest = [f"{counted(more, 'more host')} in the table"] if more > 0 else []
    return f"{'. '.join([*different[:MOST_DIFFERENT], *rest])}."


def _wrong(troubles: Sequence[Trouble]) -> str:
    if not troubles:
        return "Nothing that was noted."
    names = list(dict.fromkeys(trouble.host for trouble in troubles))
    return f"On {counted(len(names), 'host')}: {names_text(names)}."
