"""Quantities of runs whose times and rates are no measurement: counts."""

from __future__ import annotations

from collections.abc import Callable

from bench.quantities.callbacks import IN_KSOFTIRQD
from bench.quantities.quantity import Quantity, Unit
from bench.record import Ledger

LEDGER = "the ledger of the whole trial"


def _counted(title: str, meaning: str, count: Callable[[Ledger], int]) -> Quantity:
    return Quantity(
        title=title,
        meaning=meaning,
        unit=Unit.COUNT,
        value=lambda record: float(count(record.ledger)) if record.ledger else None,
        source=LEDGER,
    )


LEDGER_CLOSED = Quantity(
    title="ledger closed",
    meaning="share of trials with started = fired + cancelled + pending",
    unit=Unit.SHARE,
    value=lambda record: float(record.ledger.balanced) if record.ledger else None,
    source=LEDGER,
)
BEHAVIOUR = (
    IN_KSOFTIRQD,
    _counted("started", "timers started or started again", lambda x: x.started + x.restarted),
    _counted("fired", "callbacks of the whole trial", lambda x: x.fired),
    _counted("cancelled", "timers cancelled or freed", lambda x: x.cancelled + x.freed),
    _counted("pending", "timers still armed at the end, by census", lambda x: x.pending),
    LEDGER_CLOSED,
)
"""What remains of a run whose times and rates are no measurement: counts."""

NO_MEASUREMENT = (
    "This run was made in an emulated machine, whose time is not real: it shows behaviour and "
    "ledgers. Lateness, rates and CPU times are left out because they would mean nothing."
)
