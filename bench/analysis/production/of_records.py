"""What the records show: memory that is refused, entries lost, timers that fall in step. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from bench.analysis.cell_rows import CellRow
from bench.analysis.production.hazard import Hazard
from bench.quantities.callbacks import BATCH
from bench.record import Ledger, TrialRecord
from bench.spec import Cell, Engine, MapType, Rearm
from bench.units import format_percent
from bench.words.cells import cell_text
from bench.words.plurals import counted

MEMORY = "Memory for timers"
FULL = "Maps that are full"
EVICTION = "Maps that evict"
STEP = "Timers that fall in step"
UNKNOWN = "unknown"
"""Release of a kernel that a run does not name."""
IN_STEP = 2
"""Ratio of callbacks to a softirq from which timers are said to fall in step."""


def records_of(rows: Sequence[CellRow]) -> list[TrialRecord]:
    """Those that figures come from, and those that rank worst."""
    return [record for row in rows for record in (*row.shown, *row.worst)]


def memory(records: Sequence[TrialRecord], releases: Sequence[str] = ()) -> Hazard | None:
    """Timers that could not be initialised; a reserve of memory hides how many they are.

    Args:
        records: All trials: one with a timer too few does not count, and so is in no figure.
        releases: Of the kernels that they were measured on.
    """
    records = _of_timers(records)
    ledgers = [record.ledger for record in records if record.ledger]
    if not ledgers:
        return None
    failed = sum(ledger.init_failed.get("ENOMEM", 0) for ledger in ledgers)
    tried = failed + sum(ledger.inited for ledger in ledgers)
    source = "trials.jsonl: ledger.init_failed, ledger.inited, reserve.reason"
    reserved = next((r.reserve for r in records if r.reserve and r.reserve.used), None)
    of = counted(tried, "init")
    if reserved:
        seen = reserved.reason.partition(" bpf_timer_init failed")[0]
        text = (
            f"{_fails(releases)}: {seen} failed before this run reserved memory for them, and "
            f"{failed:,} of {of} since. {_NEXT_STEP}"
        )
        return Hazard(subject=MEMORY, text=text, source=source)
    if failed:
        share = format_percent(failed / tried)
        text = f"{_fails(releases)}: {failed:,} of {of} ({share}). {_NEXT_STEP}"
        return Hazard(subject=MEMORY, text=text, source=source)
    text = f"bpf_timer_init failed for want of memory in none of {of}, without a reserve"
    return Hazard(subject=MEMORY, text=text, source=source, met=False)


_NEXT_STEP = (
    "The entry then has no timer and stays for ever: check the result, and try again later or let "
    "a scan collect it"
)


def _fails(releases: Sequence[str]) -> str:
    known = [release for release in dict.fromkeys(releases) if release != UNKNOWN]
    kernels = " and ".join(f"Linux {release}" for release in known)
    return f"bpf_timer_init can fail for want of memory (ENOMEM) on {kernels or 'this kernel'}"


def _of_timers(records: Sequence[TrialRecord]) -> list[TrialRecord]:
    """Those of cells with timers of BPF, no controls."""
    return [r for r in records if r.cell.control is None and r.cell.engine is Engine.BPF_TIMER]


def full(records: Sequence[TrialRecord]) -> Iterator[Hazard]:
    """Maps without room for an entry, so that what it was for has no timer."""
    refused: dict[Cell, int] = {}
    for record in _of_timers(records):
        failed = record.ledger.insert_failed.get("E2BIG", 0) if record.ledger else 0
        if failed:
            refused[record.cell] = refused.get(record.cell, 0) + failed
    for cell, count in refused.items():
        text = (
            f"a map of {counted(cell.map_size or 0, 'entry', 'entries')} was full: "
            f"{counted(count, 'insert')} failed (E2BIG), each a connection or flow without a timer "
            f"({cell_text(cell)}). Size the map for connections/s times timeout, with room for "
            "bursts, and count what it refuses"
        )
        yield Hazard(subject=FULL, text=text, source="trials.jsonl: ledger.insert_failed")


def eviction(rows: Sequence[CellRow]) -> Iterator[Hazard]:
    """Maps that evict lose timers, and entries, that were not due."""
    evicting = [row for row in rows if row.cell.map_type is MapType.LRU_HASH]
    if not evicting:
        text = "no cell has an LRU map; the packaged sweep alternatives has some"
        yield Hazard(subject=EVICTION, text=text, source="cells of this run", met=False)
        return
    found = [hazard for row in evicting if (hazard := _evicted(row))]
    yield from found
    if not found:
        text = (
            f"nothing was lost before its timeout in {counted(len(evicting), 'cell')} of LRU maps"
        )
        yield Hazard(subject=EVICTION, text=text, source=_LOST, met=False)


_LOST = "trials.jsonl: measures.young_due, measures.lost_early, ledger.freed"


def _evicted(row: CellRow) -> Hazard | None:
    young, lost = (sum(_measures(row, name)) for name in ("young_due", "lost_early"))
    freed = sum(ledger.freed for ledger in _ledgers(row))
    started = sum(ledger.started for ledger in _ledgers(row))
    if young and lost:
        text = (
            f"eviction lost {lost:,.0f} of {counted(round(young), 'entry', 'entries')} before "
            f"their timeout, {format_percent(lost / young)} ({row.text})"
        )
    elif row.cell.engine is Engine.BPF_TIMER and freed:
        text = f"an LRU map evicted {freed:,} of {counted(started, 'armed timer')} ({row.text})"
    else:
        return None
    return Hazard(subject=EVICTION, text=text, source=_LOST)


def _measures(row: CellRow, name: str) -> list[float]:
    return [value for record in row.shown if (value := record.measures.get(name)) is not None]


def _ledgers(row: CellRow) -> list[Ledger]:
    return [record.ledger for record in row.shown if record.ledger]


def in_step(rows: Sequence[CellRow]) -> Iterator[Hazard]:
    """Timers that are re-armed relatively batch by themselves: not so those of a fixed grid."""
    pairs = list(_pairs(rows))
    for relative, own, theirs in pairs:
        if own > IN_STEP * theirs:
            text = (
                "relative re-arm makes timers fall in step: callbacks to a softirq are "
                f"{BATCH.text(own)}, with absolute {BATCH.text(theirs)} ({relative.text})"
            )
            yield Hazard(subject=STEP, text=text, source=_BATCH)
    if not pairs and any(row.cell.engine is Engine.BPF_TIMER for row in rows):
        text = (
            "no cells differ in their re-arm only; the packaged sweeps accuracy and patterns have "
            "absolute and relative ones"
        )
        yield Hazard(subject=STEP, text=text, source="cells of this run", met=False)
    elif pairs and all(own <= IN_STEP * theirs for _, own, theirs in pairs):
        text = (
            f"relative timers do not: no batch is more than {IN_STEP} times that of absolute ones "
            f"({counted(len(pairs), 'pair')} of cells)"
        )
        yield Hazard(subject=STEP, text=text, source=_BATCH, met=False)


_BATCH = "trials.jsonl: callbacks.fired, softirq_total.hrtimer"


def _pairs(rows: Sequence[CellRow]) -> Iterator[tuple[CellRow, float, float]]:
    """Relative cells, with their batch and that of the same cell with absolute re-arm."""
    absolute = {(row.host, row.cell): row for row in rows if row.cell.rearm is Rearm.ABSOLUTE}
    for row in rows:
        twin = absolute.get((row.host, _absolute(row.cell)))
        if row.cell.rearm is not Rearm.RELATIVE or twin is None:
            continue
        own, theirs = row.get(BATCH), twin.get(BATCH)
        if own and theirs:
            yield row, own.median, theirs.median


def _absolute(cell: Cell) -> Cell:
    return replace(cell, rearm=Rearm.ABSOLUTE)
