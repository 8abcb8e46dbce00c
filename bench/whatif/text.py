"""What-if in words: cards that any terminal can hold. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from bench.analysis.figure_text import interval_name, joined
from bench.quantities.quantity import Quantity
from bench.stats.least_squares import LEVEL, Predicted
from bench.units import exact_duration, format_count, format_percent
from bench.whatif.answer import EngineAnswer, WhatIf
from bench.whatif.check import Check
from bench.words.plurals import counted

MIB = 1 << 20


def lines(found: WhatIf) -> Iterator[str]:
    """The demand, a card for each engine, and how the model was checked."""
    demand = found.demand
    yield (
        f"{format_count(demand.rate_hz)} connections/s, timeouts of "
        f"{exact_duration(round(demand.timeout_ns))}: {format_count(demand.live)} live, "
        f"{format_count(found.callbacks_hz)} expiries/s"
    )
    for engine in found.engines:
        yield ""
        yield from card(engine)
    yield ""
    yield f"Brackets are the {interval_name(LEVEL)} of one more measurement on this host."
    yield from (line for check in found.checks if (line := check_line(check)))


def card(engine: EngineAnswer) -> Iterator[str]:
    """The engine, then a line for each figure."""
    if engine.refused:
        yield f"{engine.name}: not estimated: {engine.refused}"
        return
    yield engine.name
    for figure in engine.figures:
        title = figure.quantity.title
        if figure.predicted is None:
            yield f"  {title}: - ({figure.why})"
        else:
            yield f"  {title}: {figure_text(figure.quantity, figure.predicted)}"
    if engine.memory is not None:
        yield f"  memory: {engine.memory / MIB:.3g} MiB of the kernel's"


def figure_text(quantity: Quantity, found: Predicted) -> str:
    """``9.1% (8-10%)``."""
    ends = joined(quantity.text(found.low), quantity.text(found.high))
    return f"{quantity.text(found.value)} ({ends})"


def check_line(check: Check) -> str:
    """How well what was left out was met; empty where nothing could be."""
    if check.error is None:
        return ""
    return (
        f"Checked by leaving out whole rates and timeouts: {check.modelled.quantity.title} missed "
        f"by {format_percent(check.error)} in the median of "
        f"{counted(len(check.left), 'prediction')}, {check.inside} in their interval."
    )
