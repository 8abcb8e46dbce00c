from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from bench.analysis.stolen import LATE_NS, late_and_stolen
from bench.record import Noise, TrialRecord
from bench.units import NS_PER_US

MakeRecord = Callable[..., TrialRecord]


def late(record: TrialRecord, max_ns: int) -> TrialRecord:
    assert record.lateness is not None
    return replace(record, lateness=replace(record.lateness, max_ns=max_ns))


def test_stolen_time_is_counted_among_trials_with_a_late_callback(make_record: MakeRecord) -> None:
    none, some = (Noise(steal=steal, involuntary_switches=0, interrupts=1) for steal in (0.0, 0.02))
    records = [
        late(make_record(1, noise=some), 2 * LATE_NS),
        late(make_record(2, noise=none), 2 * LATE_NS),
        late(make_record(3, noise=none), 3 * LATE_NS),
        late(make_record(4, noise=some), LATE_NS - NS_PER_US),
        late(make_record(5), 9 * LATE_NS),
    ]
    assert late_and_stolen(records) == (
        "3 trials had a callback later than 1ms; in 1 of them CPU time was stolen at some time of "
        "the window"
    ), "neither early trials count nor those of which nothing is known"


def test_without_late_callbacks_nothing_is_said(make_record: MakeRecord) -> None:
    assert late_and_stolen([]) == late_and_stolen([make_record(1)]) == ""
