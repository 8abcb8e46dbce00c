"""The ledger of a trial: every timer accounted for, each term counted on its own. Pure."""

from __future__ import annotations

from bench.control import has_timers
from bench.programs.base import Program
from bench.programs.census import Counting
from bench.record import Ledger
from bench.spec import Cell, Hook, MapType
from bench.trial.measurement import Measurement


def ledger_of(measured: Measurement, program: Program, cell: Cell) -> Ledger:
    """The ledger; balanced only if the counts agree."""
    after, final = measured.aftermath, measured.aftermath.counters
    evicting = cell.map_type is MapType.LRU_HASH
    found = after.found
    freed = final.freed
    if evicting:
        freed += program.evicted(final, entries=found.entries, pending=found.pending)
    counting = after.counting or Counting({}, 0)
    accounted = final.fired + final.cancelled + freed + found.pending
    return Ledger(
        inited=final.inited,
        init_retried=final.init_retried,
        init_failed=final.init_failed,
        insert_failed=final.insert_failed,
        started=final.started,
        seeded=final.seeded,
        restarted=final.restarted,
        start_failed=final.start_failed,
        fired=final.fired,
        cancelled=final.cancelled,
        dropped=final.dropped,
        freed=freed,
        pending=found.pending,
        lost=after.lost,
        collected=final.collected,
        entries=found.entries,
        collect_failed=final.collect_failed,
        balanced=abs(final.started + final.restarted - accounted) <= counting.uncertain,
        uncertain=counting.uncertain,
        counted=dict(counting.how),
        unmatched=_unmatched(measured, program, cell) if has_timers(cell) else None,
        other_clock=final.other_clock,
        freed_inferred=evicting,
    )


def _unmatched(measured: Measurement, program: Program, cell: Cell) -> int | None:
    """Connection ends met by the program and seeded, less those that the load and the cell have.

    Where the load has no such count, seeded timers alone are compared, if no timer failed.
    """
    after, final = measured.aftermath, measured.aftermath.counters
    failures = (final.insert_failed, final.init_failed, final.start_failed)
    failed = sum(sum(table.values()) for table in failures)
    seeds = program.seeds(cell)
    if after.load is None or measured.hook is None:
        return final.seeded - seeds if seeds and not failed else None
    hook, load = Hook(measured.hook.used), after.load
    expected = program.expected_timers(cell, load.attempted, load.connected, hook)
    return None if expected is None else final.started + failed - seeds - expected
