"""Quantities of runs whose times and rates are no measurement: counts."""

from __future__ import annotations

from collections.abc import Callable

from bench.quantities.columns import COLUMNS, CPU_PER_CALLBACK, IN_KSOFTIRQD, Column
from bench.record import Ledger, RunHeader, is_measurement
from bench.units import exact_count, format_percent


def _counted(title: str, meaning: str, count: Callable[[Ledger], int]) -> Column:
    return Column(
        title,
        meaning,
        lambda value: "-" if value is None else exact_count(round(value)),
        lambda record: float(count(record.ledger)) if record.ledger else None,
    )


BEHAVIOUR = (
    IN_KSOFTIRQD,
    _counted("started", "timers started or started again", lambda x: x.started + x.restarted),
    _counted("fired", "callbacks of the whole trial", lambda x: x.fired),
    _counted("cancelled", "timers cancelled or freed", lambda x: x.cancelled + x.freed),
    _counted("pending", "timers still armed at the end, by census", lambda x: x.pending),
    Column(
        "ledger closed",
        "share of trials with started = fired + cancelled + pending",
        format_percent,
        lambda r: float(r.ledger.balanced) if r.ledger else None,
    ),
)
"""What remains of a run whose times and rates are no measurement: counts."""

NO_MEASUREMENT = (
    "This run was made in an emulated machine, whose time is not real: it shows behaviour and "
    "ledgers. Lateness, rates and CPU times are left out because they would mean nothing."
)


def columns_of(header: RunHeader) -> tuple[Column, ...]:
    """The quantities that a report of this run may show in a terminal."""
    return COLUMNS if is_measurement(header) else BEHAVIOUR


def page_columns_of(header: RunHeader) -> tuple[Column, ...]:
    """Those that it may show where there is room for one more."""
    return (*COLUMNS, CPU_PER_CALLBACK) if is_measurement(header) else BEHAVIOUR
