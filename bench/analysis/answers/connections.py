"""What timers cost connections at worst, in words. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from bench.analysis.cell_rows import CellRow, rows_with
from bench.analysis.controls import Effect
from bench.analysis.effects import (
    CONTROL_NAMES,
    HostEffect,
    effect_text,
    factor_of,
    is_unchanged,
    spread_of,
)
from bench.analysis.figure_text import with_spread
from bench.quantities.load import CONNECT_P50, CONNECT_P99, CONNECTIONS
from bench.quantities.quantity import Quantity
from bench.spec import Ends, Engine
from bench.units import format_percent
from bench.words.cells import cell_text
from bench.words.plurals import counted

STRESS = "Both ends of each connection hold a timer there: a stress case, twice a server's timers."


def connections(rows: Sequence[CellRow], found: Sequence[HostEffect]) -> str:
    """The worst effect that timers of any cell had on the rate and the delays of connections."""
    known = rows_with((row for row in rows if row.cell.has_load), CONNECTIONS)
    if not known:
        return "No valid trial with timers made connections, so what timers cost them is not known."
    found = _per_connection(found)
    ratios = [item for item in found if item.effect.quantity is CONNECTIONS]
    if not ratios:
        row, most = known[-1]
        return (
            f"With timers {with_spread(CONNECTIONS, most)} connections per second were made "
            f"({row.text}); no control without timers was measured, so what timers cost them is "
            "not known."
        )
    worst = min(ratios, key=lambda item: item.effect.estimate)
    cells = _cells(ratios)
    where = f"{counted(cells, 'cell')} ({cell_text(worst.effect.cell)})"
    text = f"At worst of {where} {_rate(worst.effect)}"
    stress = f". {STRESS}" if worst.effect.cell.ends is Ends.BOTH else "."
    longer = [
        f"{what} took at most {effect_text(slowest)} longer ({cell_text(slowest.cell)}{few})"
        for what, quantity in (
            ("the median connection", CONNECT_P50),
            ("the slowest 1 %", CONNECT_P99),
        )
        if (slowest := _slowest(delays := _of(found, quantity)))
        for few in [_few(_cells(delays), cells)]
    ]
    return f"{'; '.join([text, *longer])}{stress}"


def _rate(effect: Effect) -> str:
    """How many connections are made, beside those of a control: a factor near 1 says nothing."""
    beside = CONTROL_NAMES[effect.control]
    factor = f"a factor of {factor_of(effect.estimate)}, {spread_of(effect)}"
    if is_unchanged(effect):
        return f"as many connections per second were made as with {beside} ({factor})"
    share = format_percent(abs(1 - effect.estimate))
    more = "fewer" if effect.estimate < 1 else "more"
    return f"{share} {more} connections per second were made than with {beside} ({factor})"


def _of(found: Sequence[HostEffect], quantity: Quantity) -> list[HostEffect]:
    return [item for item in found if item.effect.quantity is quantity]


def _cells(found: Sequence[HostEffect]) -> int:
    return len({item.effect.cell for item in found})


def _slowest(delays: Sequence[HostEffect]) -> Effect | None:
    """The cell whose connections were delayed most."""
    effects = [item.effect for item in delays]
    return max(effects, key=lambda effect: effect.estimate, default=None)


def _few(known: int, cells: int) -> str:
    """Says that some cells were too small for a percentile, so that one may be worse."""
    return f"; {cells - known} of {cells} made too few connections for it" if known < cells else ""


def _per_connection(found: Sequence[HostEffect]) -> list[HostEffect]:
    """Effects of bpf_timers; those of cells with timers at both ends only if there are no other."""
    timers = [item for item in found if item.effect.cell.engine is Engine.BPF_TIMER]
    return [item for item in timers if item.effect.cell.ends is not Ends.BOTH] or timers
