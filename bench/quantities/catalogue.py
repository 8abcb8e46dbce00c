"""All quantities that every program has, and which of them stand where."""

from __future__ import annotations

from bench.errors import UsageError, quoted
from bench.quantities.behaviour import BEHAVIOUR
from bench.quantities.callbacks import (
    ARMING,
    BATCH,
    BUSIEST,
    FIRED,
    IN_KSOFTIRQD,
    LIVE,
    MAP_LOAD,
    MAXIMUM,
    MISSED,
    MOVED,
    OFFERED,
    P50,
    P90,
    P99,
    P999,
    SERVED,
)
from bench.quantities.cpu import (
    CPU_PER_CALLBACK,
    ENGINE_CPU,
    HRTIMER_CPU,
    IDLE_LEFT,
    KSOFTIRQD_CPU,
    KSOFTIRQD_TIME,
    LEAST_IDLE,
    NET_RX_CPU,
    RUNQ_DELAY,
    STEAL,
    WAKEUPS,
)
from bench.quantities.load import (
    CLOSED_LOOP,
    CONNECT_P50,
    CONNECT_P99,
    CONNECTIONS,
    LOAD_SHARE,
    PACKET_SHARE,
)
from bench.quantities.quantity import Quantity
from bench.quantities.total_cost import TOTAL_COST, TOTAL_CPU, TOTALS
from bench.record import RunHeader, is_measurement

TABLE = (P50, P99, MAXIMUM, FIRED, SERVED, IN_KSOFTIRQD, KSOFTIRQD_CPU, CONNECTIONS)
"""Those that fit a terminal and a page of Markdown."""

NUMBERS = (
    P50,
    P99,
    P999,
    MAXIMUM,
    OFFERED,
    FIRED,
    SERVED,
    MISSED,
    LIVE,
    MAP_LOAD,
    ARMING,
    IN_KSOFTIRQD,
    MOVED,
    BUSIEST,
    KSOFTIRQD_CPU,
    WAKEUPS,
    BATCH,
    CPU_PER_CALLBACK,
    *TOTALS,
    HRTIMER_CPU,
    NET_RX_CPU,
    ENGINE_CPU,
    IDLE_LEFT,
    LEAST_IDLE,
    CONNECTIONS,
    CONNECT_P50,
    CONNECT_P99,
    STEAL,
)
"""Those of a page."""

COMPARED = (
    P50,
    P90,
    P99,
    P999,
    SERVED,
    KSOFTIRQD_TIME,
    CPU_PER_CALLBACK,
    TOTAL_COST,
    TOTAL_CPU,
    ARMING,
    CONNECT_P50,
    CONNECT_P99,
    CLOSED_LOOP,
)
"""Those that comparisons and precision are about. The maximum is not among them: the extreme of a
trial says more about the host's luck than about what is compared. ``fired/s`` follows from
``served``, and ``conn/s`` of an open loop from what was offered."""

QUANTITIES = tuple(
    dict.fromkeys(
        (*NUMBERS, *COMPARED, *BEHAVIOUR, KSOFTIRQD_TIME, RUNQ_DELAY, LOAD_SHARE, PACKET_SHARE)
    )
)
"""All of them."""

GOALS = {
    quantity.goal: quantity
    for quantity in (
        P50,
        P90,
        P99,
        P999,
        MAXIMUM,
        SERVED,
        MISSED,
        KSOFTIRQD_CPU,
        LOAD_SHARE,
        PACKET_SHARE,
        CONNECT_P50,
        CONNECT_P99,
    )
}
"""Those that a goal can be about, by the word that users write."""


def find_compared(title: str) -> Quantity:
    """The quantity of this title among :data:`COMPARED`.

    Raises:
        UsageError: There is none; the known titles are listed.
    """
    for quantity in COMPARED:
        if quantity.title == title:
            return quantity
    known = ", ".join(quantity.title for quantity in COMPARED)
    raise UsageError(f"unknown metric {quoted(title)}", remedy=f"Choose one of: {known}")


def table_of(header: RunHeader) -> tuple[Quantity, ...]:
    """The quantities that a report of this run may show in a terminal."""
    return TABLE if is_measurement(header) else BEHAVIOUR


def wide_table_of(header: RunHeader) -> tuple[Quantity, ...]:
    """Those that it may show where there is room for one more."""
    return (*TABLE, BATCH, CPU_PER_CALLBACK, TOTAL_COST) if is_measurement(header) else BEHAVIOUR
