"""The answer of a run in five sentences, each made from its records. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bench.analysis.alternatives import Work, works
from bench.analysis.cell_rows import CellRow
from bench.analysis.effects import CONTROL_NAMES, Effects, HostEffect, effect_text
from bench.analysis.estimate import Estimate, within_blocks
from bench.analysis.figure_text import with_spread
from bench.analysis.knees import FULLY_SERVED
from bench.analysis.named_knees import NamedKnee, between, ceiling, rate_text, takeovers
from bench.quantities.callbacks import FIRED, IN_KSOFTIRQD, MAXIMUM, P50, P99, SERVED
from bench.quantities.load import CONNECT_P50, CONNECTIONS
from bench.quantities.quantity import Quantity
from bench.spec import Engine
from bench.stats.bootstrap import interval
from bench.units import format_count, format_percent
from bench.words.cells import cell_text
from bench.words.plurals import counted


@dataclass(frozen=True, slots=True)
class Sentence:
    """One part of the answer.

    Attributes:
        subject: What it is about.
        section: Key of the section whose chart shows it.
    """

    subject: str
    text: str
    section: str


def answer(rows: Sequence[CellRow], found: Effects) -> tuple[Sentence, ...]:
    """Five sentences, also where the run cannot answer: then they say so."""
    good = [row for row in rows if row.ok]
    timers = [r for r in good if r.cell.engine is Engine.BPF_TIMER and r.cell.control is None]
    return (
        Sentence("Lateness", _lateness(timers), "lateness"),
        Sentence("Ceiling", _ceiling(timers), "throughput"),
        Sentence("ksoftirqd", _ksoftirqd(timers), "venues"),
        Sentence("Cost to connections", _cost(timers, found.application), "load"),
        Sentence(
            "Alternatives",
            _alternatives([row for row in good if row.cell.control is None]),
            "alternatives",
        ),
    )


def _known(rows: Iterable[CellRow], quantity: Quantity) -> list[tuple[CellRow, Estimate]]:
    found = [(row, estimate) for row in rows if (estimate := row.get(quantity))]
    return sorted(found, key=lambda pair: pair[1].median)


def _lateness(rows: Sequence[CellRow]) -> str:
    keeping_up = [row for row in rows if not _overloaded(row)]
    known = _known(keeping_up, P50)
    if not known:
        return (
            "No valid trial has timers that keep up and a lateness, so their lateness is not known."
        )
    typical, median = known[(len(known) - 1) // 2]
    worst, late = (_known(keeping_up, P99) or _known(keeping_up, MAXIMUM) or known)[-1]
    quantity = P99 if worst.get(P99) else MAXIMUM if worst.get(MAXIMUM) else P50
    text = f"The median callback is {with_spread(P50, median)} late in the typical cell"
    text += f" ({typical.text}); the worst cell that keeps up ({worst.text}) has a "
    return f"{text}{quantity.title} of {with_spread(quantity, late)}."


def _overloaded(row: CellRow) -> bool:
    served = row.get(SERVED)
    return served is not None and served.median < FULLY_SERVED


def _ceiling(rows: Sequence[CellRow]) -> str:
    known = _known(rows, FIRED)
    if not known:
        return "No valid trial counted callbacks, so the ceiling of their rate is not known."
    top, most = known[-1]
    best = f"The most that ran was {with_spread(FIRED, most)} callbacks per second ({top.text})"
    found = ceiling(rows)
    if found is None:
        return f"{best}; how many were offered is not known."
    return f"{best}; {_kept_up(found)}."


def _kept_up(found: NamedKnee) -> str:
    """Up to which rate the family that kept up longest did."""
    knee, limit = found.knee, format_percent(FULLY_SERVED)
    if knee.below_hz is None:
        rate = format_count(knee.rates_hz[0])
        return f"in no kind of cells did {limit} run, not even at the {rate}/s of {found.name}"
    kept = f"at least {limit} of the callbacks ran up to {format_count(knee.below_hz)}/s offered"
    if knee.at_hz is None:
        return f"{kept} ({found.name}), the highest rate there, so the ceiling lies above"
    return f"{kept} ({found.name}), and no longer at {format_count(knee.at_hz)}/s"


def _ksoftirqd(rows: Sequence[CellRow]) -> str:
    known = _known(rows, IN_KSOFTIRQD)
    if not known:
        return (
            "No valid trial says where callbacks ran, so it is not known when ksoftirqd takes over."
        )
    found = takeovers(rows)
    if not found:
        top, share = known[-1]
        text = "ksoftirqd takes over in no cell; its highest share of callbacks is "
        return f"{text}{with_spread(IN_KSOFTIRQD, share)} ({top.text})."
    text = f"ksoftirqd runs at least half of the callbacks {'; '.join(map(_taken_over, found[:3]))}"
    more = len(found) - 3
    return f"{text}; and in {counted(more, 'other kind')} of cells." if more > 0 else f"{text}."


def _taken_over(found: NamedKnee) -> str:
    knee = found.knee
    assert knee.at_hz is not None, "it has taken over there"
    if knee.rate_hz is not None and knee.below_hz is not None:
        return f"from {rate_text(knee)} offered on, interpolated {between(knee)} ({found.name})"
    if knee.below_hz is None:
        return f"already at {format_count(knee.at_hz)}/s offered, the lowest rate ({found.name})"
    return f"from {between(knee)} offered on, but not in most blocks ({found.name})"


def _cost(rows: Sequence[CellRow], found: Sequence[HostEffect]) -> str:
    known = _known((row for row in rows if row.cell.has_load), CONNECTIONS)
    if not known:
        return "No valid trial with timers made connections, so what timers cost them is not known."
    found = [item for item in found if item.effect.cell.engine is Engine.BPF_TIMER]
    ratios = [item for item in found if item.effect.quantity is CONNECTIONS]
    if not ratios:
        row, most = known[-1]
        return (
            f"With timers {with_spread(CONNECTIONS, most)} connections per second were made "
            f"({row.text}); no control without timers was measured, so what timers cost them is "
            "not known."
        )
    worst = min(ratios, key=lambda item: item.effect.estimate)
    kinds = counted(len({item.effect.cell for item in ratios}), "cell")
    text = (
        f"At worst of {kinds} ({cell_text(worst.effect.cell)}) connections per second were "
        f"{effect_text(worst.effect)} those of {CONTROL_NAMES[worst.effect.control]}"
    )
    delays = [item for item in found if item.effect.quantity is CONNECT_P50]
    if not delays:
        return f"{text}."
    slowest = max(delays, key=lambda item: item.effect.estimate)
    return (
        f"{text}; the median connection took at most {effect_text(slowest.effect)} longer "
        f"({cell_text(slowest.effect.cell)})."
    )


def _alternatives(rows: Sequence[CellRow]) -> str:
    found = works(rows)
    if not found:
        return "No alternative to bpf_timer was measured on the same work."
    verdicts = [verdict for work in found if (verdict := _verdict(work))]
    if not verdicts:
        return "Alternatives were measured, but none has a lateness to compare with bpf_timer's."
    return f"On {counted(len(verdicts), 'kind')} of work: {'; '.join(verdicts[:3])}."


def _verdict(work: Work) -> str | None:
    known = _known(work.rows, P99)
    timer = next(((r, e) for r, e in known if r.cell.engine is Engine.BPF_TIMER), None)
    others = [(r, e) for r, e in known if r.cell.engine is not Engine.BPF_TIMER]
    if timer is None or not others:
        return None
    own, best = timer[1], others[0]
    return (
        f"{work.name}: bpf_timer's p99 lateness of {with_spread(P99, own)} "
        f"{_compared(timer[0], best[0])} {best[0].cell.engine}'s {with_spread(P99, best[1])}"
    )


def _compared(timer: CellRow, other: CellRow) -> str:
    """By the ratios within blocks, where both were measured one soon after the other."""
    ratios = within_blocks(timer.shown, other.shown, P99.value)
    found = interval(ratios)
    if found is None or found.low <= 1 <= found.high:
        return "is indistinguishable from"
    return f"is {'earlier' if found.high < 1 else 'later'} than"
