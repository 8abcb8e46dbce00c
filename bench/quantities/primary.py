"""The metric that decides a cell, chosen before anything is compared. Pure."""

from __future__ import annotations

from collections.abc import Container, Sequence

from bench.quantities.callbacks import P50, P99
from bench.quantities.quantity import Better, Quantity, Unit
from bench.record import Status, TrialRecord

PRIMARY = (P99, P50)
"""The first that the sample of every trial of the base run carries; lower is better in both."""

PRIMARY_LATENESS = Quantity(
    title="primary lateness",
    meaning="p99 lateness where the sample of each trial of the cell carries it, else p50",
    unit=Unit.NS,
    value=lambda record: next((v for m in PRIMARY if (v := m.value(record)) is not None), None),
    better=Better.LOWER,
)
"""What stands for the primary metrics of several cells; :func:`primary_of` chooses for each."""


def primary_of(base: Sequence[TrialRecord], without: Container[str] = ()) -> Quantity | None:
    """The primary metric of a cell; None if its trials measure no lateness, or none counts.

    Whether a sample carries a percentile depends on its number of callbacks, not on how late they
    were, and only the base run is asked: so the new one cannot choose what it is judged by.

    Args:
        base: All trials of the cell in the base run.
        without: Keys of quantities that may not be compared.
    """
    ok = [record for record in base if record.status is Status.OK]
    carried = (m for m in PRIMARY if ok and all(m.value(record) is not None for record in ok))
    found = next(carried, None)
    return None if found is None or found.key in without else found


def measures_none(base: Sequence[TrialRecord]) -> bool:
    """Whether trials of the cell count, and none of them measures lateness."""
    ok = [record for record in base if record.status is Status.OK]
    return bool(ok) and all(metric.value(record) is None for metric in PRIMARY for record in ok)
