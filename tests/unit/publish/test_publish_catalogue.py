from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bench.publish.catalogue import HEADLINES, Entry, over_cells
from bench.quantities.callbacks import P50
from bench.record import RunHeader, Status, TrialRecord, Virtual
from bench.spec import Cell, Control, Engine

MakeRecord = Callable[..., TrialRecord]


@pytest.fixture
def entry(header: RunHeader, make_record: MakeRecord, make_cell: Callable[..., Cell]) -> Entry:
    large = make_cell(map_size=100_000)
    records = [
        make_record(1, p50_ns=4_000),
        make_record(2, p50_ns=6_000),
        make_record(3, cell=large, p50_ns=9_000),
        make_record(4, cell=large, p50_ns=900_000, status=Status.INVALID, reasons=["steal"]),
    ]
    return Entry(path=Path("results/run-1"), header=header, records=records)


def test_headlines_are_the_range_of_the_cells_medians_over_ok_trials(entry: Entry) -> None:
    texts = {headline.title: over_cells(headline, entry) for headline in HEADLINES}
    assert texts["p50 lateness"] == "5µs to 9µs"
    assert texts["p99 lateness"] == "50µs to 90µs"
    assert entry.ok == 3


def test_one_cell_has_no_range_and_no_ok_trial_no_number(entry: Entry) -> None:
    one = replace(entry, records=entry.records[:2])
    assert over_cells(P50, one) == "5µs"
    assert over_cells(P50, replace(entry, records=entry.records[3:])) == "-"


def test_an_emulated_guest_has_no_numbers_and_says_what_it_is(entry: Entry) -> None:
    emulated = replace(entry, header=replace(entry.header, virtual=Virtual.EMULATED))
    assert {over_cells(headline, emulated) for headline in HEADLINES} == {"-"}
    assert emulated.host.endswith("emulated guest")
    assert emulated.series != entry.series


def test_host_and_kernel_say_unknown_rather_than_nothing(entry: Entry, header: RunHeader) -> None:
    bare = replace(entry, header=replace(header, host={}))
    assert (bare.host, bare.kernel) == ("unknown", "unknown")
    host = {"hostname": "a\x1bb", "cpu_model": "CPU", "cpus_online": "0-3", "hypervisor": "kvm"}
    full = replace(entry, header=replace(header, host=host))
    assert full.host == "a\N{REPLACEMENT CHARACTER}b, CPU, CPUs 0-3, kvm"


def test_headlines_leave_controls_and_other_engines_out(
    entry: Entry, make_record: MakeRecord, make_cell: Callable[..., Cell]
) -> None:
    """Those answer other questions, and would widen every range."""
    control = make_cell(map_size=7, control=Control.UNOBSERVED)
    other = replace(make_cell(map_size=8), engine=Engine.TIMERFD)
    more = [make_record(5, cell=control, p50_ns=1), make_record(6, cell=other, p50_ns=90_000_000)]
    widened = replace(entry, records=[*entry.records, *more])
    assert over_cells(P50, widened) == over_cells(P50, entry)
