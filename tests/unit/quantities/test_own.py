"""What programs and engines measure themselves stands in reports like all else."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bench.programs.churn import OPERATIONS, TIMED
from bench.programs.registry import PROGRAMS
from bench.quantities.callbacks import P50
from bench.quantities.cpu import CPU_PER_CALLBACK, ENGINE_CPU
from bench.quantities.own import COUNTS, DISTRIBUTIONS, own_quantities
from bench.quantities.quantity import Better, Unit
from bench.record import TrialRecord
from bench.spec import ENGINES, Cell

MakeRecord = Callable[..., TrialRecord]


def test_what_programs_count_and_time_is_declared() -> None:
    for program in PROGRAMS.values():
        assert set(program.distributions) <= set(DISTRIBUTIONS)
        # Sums of which `measured` makes others: drift, discarded calls.
        derived = {"intervals", "interval_ns", "unwatched", *(f"discarded_{n}" for n in TIMED)}
        assert set(program.measures) - derived <= set(COUNTS)


def test_operations_are_called_as_everywhere(make_record: MakeRecord) -> None:
    lateness = make_record(1).lateness
    record = make_record(1, distributions=dict.fromkeys(OPERATIONS, lateness))
    assert {quantity.title.removeprefix("p50 ") for quantity in own_quantities([record])[::2]} == {
        "insert", "init", "set_callback", "start idle", "push back later", "push back sooner",
        "cancel", "delete pending", "delete fired", "replace",
    }  # fmt: skip


def test_counts_carry_the_unit_of_their_name(make_record: MakeRecord) -> None:
    record = make_record(1, measures={"gc_scans": 3, "gc_cpu_ns": 5_000, "drift_share": None})
    found = {quantity.title: quantity for quantity in own_quantities([record])}
    assert set(found) == {"gc scans", "gc cpu"}
    assert found["gc cpu"].text(found["gc cpu"].value(record)) == "5µs"
    assert found["gc scans"].unit is Unit.COUNT
    assert found["gc cpu"].better is Better.LOWER


def test_distributions_give_their_median_and_p99(make_record: MakeRecord) -> None:
    lateness = make_record(1).lateness
    record = make_record(1, distributions={"detection_delay": lateness})
    median, p99 = own_quantities([record])
    assert (median.title, p99.title) == ("p50 detection delay", "p99 detection delay")
    assert median.value(record) == P50.value(record)


@pytest.mark.parametrize("engine", [engine for engine in ENGINES if engine != "bpf_timer"])
def test_an_engine_without_bpf_timers_has_no_hrtimer_time_per_callback(
    make_record: MakeRecord, make_cell: Callable[..., object], engine: str
) -> None:
    """Its HRTIMER softirqs are not its own: the time is none, not 0 ns."""
    softirqs = {"softirq_ns": {"hrtimer": 0}, "softirq_count": {"hrtimer": 0}}
    record = make_record(1, cell=make_cell(engine=engine), **softirqs)
    assert CPU_PER_CALLBACK.value(record) is None


def test_the_loop_of_an_engine_in_user_space_has_a_share_of_a_cpu(
    make_record: MakeRecord, make_cell: Callable[..., Cell]
) -> None:
    timerfd, collector = make_cell(engine="timerfd"), make_cell(program="tcp", engine="user_gc")
    loop = make_record(1, cell=timerfd, window_ns=1_000, measures={"loop_cpu_ns": 250})
    scan = make_record(1, cell=collector, window_ns=1_000, measures={"gc_cpu_ns": 500})
    assert ENGINE_CPU.value(loop) == 0.25
    assert ENGINE_CPU.value(scan) == 0.5
    assert ENGINE_CPU.value(make_record(1)) is None
