from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

import bench
from bench.errors import BenchError
from bench.export.columns import Column, Kind, columns
from bench.record import RunHeader, Status, TrialRecord
from bench.spec import Cell, Flag

MakeRecord = Callable[..., TrialRecord]
FORMAT_DOC = Path(bench.__file__).parents[1] / "docs" / "data-format.md"


def named(table: tuple[Column, ...]) -> dict[str, Column]:
    return {column.name: column for column in table}


def test_run_and_host_come_first(header: RunHeader, make_record: MakeRecord) -> None:
    header = replace(header, host={"hostname": "box\x1b", "kernel_release": "6.18"})
    table = columns(header, [make_record(1), make_record(2)])
    assert [(column.name, column.values[1]) for column in table[:7]] == [
        ("run_id", header.run_id),
        ("run_sweep", "sample"),
        ("run_seed", 7),
        ("run_host", "box\N{REPLACEMENT CHARACTER}"),
        ("run_kernel", "6.18"),
        ("run_recording", False),
        ("run_virtual", None),
    ]


def test_fixed_columns_are_there_without_any_value(
    header: RunHeader, make_record: MakeRecord
) -> None:
    failed = [make_record(1, status=Status.FAILED)]
    with_values = {column.name for column in columns(header, [make_record(1)])}
    assert with_values == set(named(columns(header, failed)))
    assert named(columns(header, failed))["lateness_p99_ns"] == Column(
        "lateness_p99_ns", Kind.INTEGER, (None,)
    )
    assert with_values == {column.name for column in columns(header, [])}


def test_what_only_some_programs_have_gets_columns_when_it_occurs(
    header: RunHeader, make_record: MakeRecord, make_cell: Callable[..., Cell]
) -> None:
    lateness = make_record(1).lateness
    record = make_record(
        1,
        cell=make_cell(options={"packets_hz": 5, "kind": "a"}, flags=(Flag.ABS, Flag.CPU_PIN)),
        measures={"scan_ns": 2.5},
        distributions={"detect": lateness},
        stages={"irq": lateness},
        errors={"cancel": {"EBUSY": 3}},
        softirq_ns={"rcu": 8},
        softirq_count={"rcu": 2},
    )
    table = named(columns(header, [record, make_record(2)]))
    expected = {
        "cell_option_packets_hz": (5, None),
        "cell_option_kind": ("a", None),
        "cell_flags": ("abs+cpu_pin", "none"),
        "measure_scan_ns": (2.5, None),
        "distribution_detect_p99_ns": (50_000, None),
        "stage_irq_count": (1_000_000, None),
        "error_cancel_EBUSY": (3, None),
        "softirq_rcu_ns": (8, None),
        "softirq_rcu_count": (2, None),
    }
    assert {name: table[name].values for name in expected} == expected


def test_two_values_for_one_column_are_refused(header: RunHeader, make_record: MakeRecord) -> None:
    with pytest.raises(BenchError, match="into one column measure_a_b"):
        columns(header, [make_record(1, measures={"a-b": 1.0, "a.b": 2.0})])


@pytest.mark.parametrize("group", ["measure_", "distribution_", "stage_", "error_", "cell_option_"])
def test_the_documentation_names_each_group(group: str) -> None:
    assert f"`{group}" in FORMAT_DOC.read_text(encoding="utf-8")
