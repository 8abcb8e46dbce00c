"""The rates at which callbacks fall behind, and at which ksoftirqd takes over, in words. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from bench.analysis.cell_rows import CellRow, rows_with
from bench.analysis.figure_text import with_spread
from bench.analysis.named_knees import NamedKnee, batch_text, between, ceiling, rate_text, takeovers
from bench.quantities.callbacks import FIRED, IN_KSOFTIRQD, OFFERED
from bench.units import format_count
from bench.words.plurals import counted


def ceiling_text(rows: Sequence[CellRow]) -> str:
    """The highest rate that ran, and the one that was kept up with."""
    known = rows_with(rows, FIRED)
    if not known:
        return "No valid trial counted callbacks, so the ceiling of their rate is not known."
    top, most = known[-1]
    best = f"The most that ran was {with_spread(FIRED, most)} callbacks per second ({top.text})"
    found = ceiling(rows)
    if found is None:
        return f"{best}; whether that saturated the host was not measured."
    return f"{best}; {_kept_up(found)}."


def _kept_up(found: NamedKnee) -> str:
    """Up to which rate the family that kept up longest did."""
    knee = found.knee
    if knee.below_hz is None:
        rate = format_count(knee.rates_hz[0])
        return (
            f"the host was saturated in every kind of cells, even at the {rate}/s of {found.name}"
        )
    what = f"{found.name}{batch_text(knee)}"
    kept = f"the host was not saturated up to {format_count(knee.below_hz)}/s offered ({what})"
    if knee.at_hz is None:
        return f"{kept}, the highest rate there, so the ceiling lies above"
    return f"{kept}, and was at {format_count(knee.at_hz)}/s"


def ksoftirqd_text(rows: Sequence[CellRow]) -> str:
    """From which rate on ksoftirqd runs half of the callbacks."""
    known = rows_with(rows, IN_KSOFTIRQD)
    if not known:
        return (
            "No valid trial says where callbacks ran, so it is not known when ksoftirqd takes over."
        )
    found = takeovers(rows)
    if not found:
        top, share = known[-1]
        text = f"ksoftirqd runs half of the callbacks in no cell{_up_to(rows)}; its highest share"
        return f"{text} is {with_spread(IN_KSOFTIRQD, share)} ({top.text})."
    text = f"ksoftirqd runs at least half of the callbacks {'; '.join(map(_taken_over, found[:3]))}"
    more = len(found) - 3
    return f"{text}; and in {counted(more, 'other kind')} of cells." if more > 0 else f"{text}."


def _up_to(rows: Sequence[CellRow]) -> str:
    offered = rows_with(rows, OFFERED)
    return f", up to {OFFERED.text(offered[-1][1].median)} callbacks/s" if offered else ""


def _taken_over(found: NamedKnee) -> str:
    knee = found.knee
    assert knee.at_hz is not None, "it has taken over there"
    if knee.rate_hz is not None and knee.below_hz is not None:
        return f"from {rate_text(knee)} offered on, interpolated {between(knee)} ({found.name})"
    if knee.below_hz is None:
        return f"already at {format_count(knee.at_hz)}/s offered, the lowest rate ({found.name})"
    return f"from {between(knee)} offered on, but not in most blocks ({found.name})"
