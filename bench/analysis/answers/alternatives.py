"""Engines that did the same work, compared in words. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from bench.analysis.alternatives import Work, works
from bench.analysis.answers.question import Said
from bench.analysis.cell_rows import CellRow, rows_with
from bench.analysis.estimate import within_blocks
from bench.analysis.figure_text import with_spread
from bench.quantities.callbacks import P50, P99
from bench.quantities.quantity import Quantity
from bench.spec import Engine
from bench.stats.bootstrap import interval
from bench.words.plurals import counted

MOST_WORKS = 8


def alternatives(rows: Sequence[CellRow]) -> Said:
    """A part for each kind of work; of many, those first that the section shows first."""
    found = works(rows)
    if not found:
        return Said("No alternative to bpf_timer has a valid trial on the same work.")
    verdicts = [verdict for work in found if (verdict := _verdict(work))]
    if not verdicts:
        return Said("Alternatives were measured, but none has a lateness to compare.")
    text = f"bpf_timer's lateness beside that of the best other, on {_kinds(verdicts, found)}"
    more = len(verdicts) - MOST_WORKS
    rest = [f"{counted(more, 'more kind')} of work: see the charts"] if more > 0 else []
    return Said(f"{text}:", (*verdicts[:MOST_WORKS], *rest))


def _kinds(verdicts: Sequence[str], found: Sequence[Work]) -> str:
    without = len(found) - len(verdicts)
    text = f"{counted(len(verdicts), 'kind')} of work"
    return f"{text} ({without} more without two latenesses)" if without else text


def _verdict(work: Work) -> str | None:
    """By p99 where both carry it, by the median else."""
    return next((text for quantity in (P99, P50) if (text := _by(work, quantity))), None)


def _by(work: Work, quantity: Quantity) -> str | None:
    known = rows_with(work.rows, quantity)
    timer = next(((r, e) for r, e in known if r.cell.engine is Engine.BPF_TIMER), None)
    others = [(r, e) for r, e in known if r.cell.engine is not Engine.BPF_TIMER]
    if timer is None or not others:
        return None
    own, best = timer[1], others[0]
    return (
        f"{work.name}: {quantity.title} of {with_spread(quantity, own)} "
        f"{_compared(timer[0], best[0], quantity)} {best[0].cell.engine}'s "
        f"{with_spread(quantity, best[1])}"
    )


def _compared(timer: CellRow, other: CellRow, quantity: Quantity) -> str:
    """By the ratios within blocks, where both were measured one soon after the other."""
    found = interval(within_blocks(timer.counted, other.counted, quantity))
    if found is None or found.low <= 1 <= found.high:
        return "is indistinguishable from"
    return f"is {'earlier' if found.high < 1 else 'later'} than"
