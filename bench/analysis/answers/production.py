"""What would bite whoever uses such timers in production, as far as the records show it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from bench.analysis.answers.question import Asked, Said
from bench.analysis.cell_rows import CellRow
from bench.quantities.callbacks import BATCH
from bench.record import Ledger, TrialRecord
from bench.spec import Cell, Engine, MapType, Rearm
from bench.units import format_percent
from bench.words.plurals import counted


def has_findings(asked: Asked) -> bool:
    """Whether the records show any of it."""
    return bool(production(asked)[0].parts)


def production(asked: Asked) -> list[Said]:
    """A part for each thing that was met."""
    records = [record for row in asked.plain for record in (*row.shown, *row.worst)]
    parts = (
        *_no_memory(records),
        *_evicted(asked.plain),
        *_batching(asked.good),
        *_refused(records),
    )
    return [Said("What this run met that a user would meet, too:", tuple(parts))]


def _ledgers(records: Sequence[TrialRecord]) -> list[Ledger]:
    timers = (record for record in records if record.cell.engine is Engine.BPF_TIMER)
    return [record.ledger for record in timers if record.ledger]


def _no_memory(records: Sequence[TrialRecord]) -> Iterator[str]:
    ledgers = _ledgers(records)
    failed = sum(ledger.init_failed.get("ENOMEM", 0) for ledger in ledgers)
    tried = failed + sum(ledger.inited for ledger in ledgers)
    reserved = next((r.reserve for r in records if r.reserve and r.reserve.used), None)
    if reserved:
        yield (
            f"{reserved.reason}: a reserve of memory, which a user does not have; with it "
            f"{failed:,} of {counted(tried, 'init')} failed"
        )
    elif failed:
        share = format_percent(failed / tried)
        of = counted(tried, "init")
        yield f"bpf_timer_init: {failed:,} of {of} failed for want of memory ({share})"


def _evicted(rows: Sequence[CellRow]) -> Iterator[str]:
    """Maps that evict lose timers, and entries, that were not due."""
    for row in rows:
        if row.cell.map_type is not MapType.LRU_HASH:
            continue
        young, lost = (sum(_measures(row, name)) for name in ("young_due", "lost_early"))
        freed = sum(record.ledger.freed for record in row.shown if record.ledger)
        started = sum(record.ledger.started for record in row.shown if record.ledger)
        if young and lost:
            yield (
                f"eviction lost {lost:,.0f} of {counted(round(young), 'entry', 'entries')} before "
                "their timeout, "
                f"{format_percent(lost / young)} ({row.text})"
            )
        elif row.cell.engine is Engine.BPF_TIMER and freed:
            yield f"an LRU map evicted {freed:,} of {counted(started, 'armed timer')} ({row.text})"


def _measures(row: CellRow, name: str) -> list[float]:
    return [value for record in row.shown if (value := record.measures.get(name)) is not None]


def _batching(rows: Sequence[CellRow]) -> Iterator[str]:
    """Timers that are re-armed relatively fall in step: their figures are not those of absolute."""
    absolute = {(row.host, row.cell): row for row in rows if row.cell.rearm is Rearm.ABSOLUTE}
    for row in rows:
        twin = absolute.get((row.host, _absolute(row.cell)))
        if row.cell.rearm is not Rearm.RELATIVE or twin is None:
            continue
        own, theirs = row.get(BATCH), twin.get(BATCH)
        if own and theirs and own.median > 2 * theirs.median:
            yield (
                "relative re-arm makes timers fall in step: callbacks to a softirq are "
                f"{BATCH.text(own.median)}, with absolute {BATCH.text(theirs.median)} ({row.text})"
            )


def _absolute(cell: Cell) -> Cell:
    return replace(cell, rearm=Rearm.ABSOLUTE)


def _refused(records: Sequence[TrialRecord]) -> Iterator[str]:
    refused = {hook: why for r in records if r.hook for hook, why in r.hook.refused.items()}
    for hook, why in refused.items():
        said = why.partition(";")[0]
        yield f"this kernel refuses the hook {hook}: {said} (bench limits tries all)"
