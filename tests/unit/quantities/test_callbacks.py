from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from bench.quantities.callbacks import BATCH, BUSIEST, MISSED, MOVED
from bench.quantities.quantity import Quantity
from bench.record import Callbacks, TrialRecord
from bench.spec import Cell
from bench.spec.engines import ENGINES


@pytest.mark.parametrize(
    ("quantity", "counts", "value"),
    [
        (MISSED, {"missed_periods": 250}, 0.2),
        (MISSED, {"missed_periods": 0}, 0.0),
        (MISSED, {}, None),
        (MOVED, {"moved": 100}, 0.1),
        (MOVED, {}, None),
        (BUSIEST, {"by_cpu": {"0": 250, "3": 750}}, 0.75),
        (BUSIEST, {}, None),
    ],
)
def test_of_a_thousand_callbacks(
    quantity: Quantity,
    counts: dict[str, Any],
    value: float | None,
    make_record: Callable[..., TrialRecord],
) -> None:
    callbacks = Callbacks(fired=1_000, offered_hz=None, fired_hz=0.0, served=None, **counts)
    assert quantity.value(replace(make_record(1), callbacks=callbacks)) == value


@pytest.mark.parametrize(
    ("total", "observed_ns", "engine", "batch"),
    [
        ({"hrtimer": 400}, None, "bpf_timer", 2.5),
        ({"hrtimer": 800}, 2_000_000_000, "bpf_timer", 2.5),
        ({"hrtimer": 0}, None, "bpf_timer", None),
        (None, None, "bpf_timer", None),
        ({"hrtimer": 400}, None, "timerfd", None),
    ],
)
def test_a_batch_is_of_the_hosts_softirqs(
    total: dict[str, int] | None,
    observed_ns: int | None,
    engine: str,
    batch: float | None,
    make_record: Callable[..., TrialRecord],
    make_cell: Callable[..., Cell],
) -> None:
    callbacks = Callbacks(fired=1_000, offered_hz=None, fired_hz=0.0, served=None)
    record = replace(
        make_record(1, cell=make_cell(engine=ENGINES[engine])),
        callbacks=callbacks,
        softirq_total=total,
        observed_ns=observed_ns,
        window_ns=1_000_000_000,
    )
    assert BATCH.value(record) == batch


def test_without_callbacks_there_is_none(make_record: Callable[..., TrialRecord]) -> None:
    bare = replace(make_record(1), callbacks=None)
    assert {q.value(bare) for q in (BATCH, MISSED, MOVED, BUSIEST)} == {None}


def test_a_batch_has_digits() -> None:
    assert (BATCH.text(1.118), BATCH.text(None)) == ("1.12", "-")
