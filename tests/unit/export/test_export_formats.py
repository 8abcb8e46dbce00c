"""Any run, written in each format and opened again by a reader that is not ours."""

from __future__ import annotations

import csv
import io
import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from bench.errors import BenchError
from bench.export.columns import Column, Kind, columns
from bench.export.csv_text import csv_text
from bench.export.openmetrics import PREFIX, openmetrics_text
from bench.export.parquet import RUN_KEY, parquet_bytes
from bench.record import Ksoftirqd, Ledger, Noise, Outlier, RunHeader, Status, TrialRecord
from bench.spec import ENGINES, Cell, Flag, MapType
from bench.store.run_format import dump_header, parse_header

MakeRecord = Callable[..., TrialRecord]

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
NAME = st.text("abcxyz", min_size=1, max_size=4)
COUNT = st.integers(0, 2**63 - 1)
NUMBER = st.none() | st.floats(allow_nan=False, allow_infinity=False)
ERRNO = st.dictionaries(st.sampled_from(["ENOMEM", "EBUSY", "E2BIG"]), COUNT)
CELL = st.builds(
    Cell,
    program=TEXT,
    engine=st.sampled_from(list(ENGINES.values())),
    map_type=st.sampled_from(MapType),
    map_size=st.integers(1, 2**31),
    timeout_ns=st.integers(1, 2**63 - 1),
    flags=st.sampled_from([(), (Flag.ABS,), (Flag.ABS, Flag.CPU_PIN)]),
    load_hz=st.none() | st.integers(0, 10_000_000),
    options=st.dictionaries(NAME, COUNT | TEXT),
)
CHANGES = st.fixed_dictionaries(
    {
        "cell": CELL,
        "status": st.sampled_from(Status),
        "reasons": st.lists(TEXT, max_size=2),
        "error": st.none() | TEXT,
        "window_ns": COUNT,
        "measures": st.dictionaries(
            NAME.map(lambda name: f"{name}_ns"), NUMBER | COUNT, max_size=3
        ),
        "errors": st.dictionaries(NAME, ERRNO, max_size=2),
        "softirq_ns": st.none() | st.dictionaries(NAME, COUNT, max_size=2),
        "softirq_count": st.none() | st.dictionaries(NAME, COUNT, max_size=2),
        "noise": st.none()
        | st.builds(
            Noise,
            steal=st.floats(0, 1),
            involuntary_switches=COUNT,
            interrupts=COUNT,
            drifted=st.lists(TEXT, max_size=2),
        ),
        "ledger": st.none()
        | st.builds(
            Ledger,
            **{name: COUNT for name in ("inited", "started", "restarted", "fired", "cancelled")},
            **{name: COUNT for name in ("freed", "pending")},
            **{name: ERRNO for name in ("init_failed", "insert_failed", "start_failed")},
            balanced=st.booleans(),
            unmatched=st.none() | st.integers(-(2**63), 2**63 - 1),
        ),
    }
)


def rows(table: Sequence[Column]) -> list[dict[str, Any]]:
    return [
        {column.name: column.values[number] for column in table}
        for number in range(len(table[0].values))
    ]


def any_run(make_record: MakeRecord, data: st.DataObject) -> list[TrialRecord]:
    changes = data.draw(st.lists(CHANGES, max_size=4))
    return [make_record(number, **change) for number, change in enumerate(changes, start=1)]


several = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@several
@given(data=st.data())
def test_python_s_csv_reader_gives_every_value_back(
    header: RunHeader, make_record: MakeRecord, data: st.DataObject
) -> None:
    table = columns(header, any_run(make_record, data))
    read = list(csv.DictReader(io.StringIO(csv_text(table), newline=""), strict=True))
    assert len(read) == len(table[0].values)
    convert: Mapping[Kind, Callable[[str], Any]] = {
        Kind.INTEGER: int,
        Kind.NUMBER: float,
        Kind.FLAG: {"true": True, "false": False}.__getitem__,
        Kind.TEXT: str,
    }
    for column in table:
        texts = [row[column.name] for row in read]
        expected = ["" if value is None else value for value in column.values]
        assert [text and convert[column.kind](text) for text in texts] == expected


@several
@given(data=st.data())
def test_pyarrow_gives_every_value_and_type_back(
    header: RunHeader, make_record: MakeRecord, data: st.DataObject
) -> None:
    table = columns(header, any_run(make_record, data))
    content = parquet_bytes(table, dump_header(header))
    read = pyarrow.parquet.read_table(io.BytesIO(content))
    assert read.to_pylist() == rows(table)
    types = {"integer": "int64", "number": "double", "flag": "bool", "text": "string"}
    assert [str(field.type) for field in read.schema] == [types[c.kind] for c in table]
    assert parse_header(read.schema.metadata[RUN_KEY.encode()], "metadata") == header


@several
@given(data=st.data())
def test_prometheus_client_reads_every_number_back(
    header: RunHeader, make_record: MakeRecord, data: st.DataObject
) -> None:
    table = columns(header, any_run(make_record, data))
    text = openmetrics_text(table)
    assert text.endswith("# EOF\n")
    # Of Prometheus' older format, too.
    assert set(re.findall(r"^# TYPE \S+ (\w+)$", text, re.MULTILINE)) <= {"counter", "gauge"}
    families = {family.name: family for family in text_string_to_metric_families(text)}
    info = families.pop(f"{PREFIX}trial_info")
    assert [dict(sample.labels)["program"] for sample in info.samples] == [
        row["cell_program"] for row in rows(table)
    ]
    numbers = [
        column
        for column in table
        if column.kind is not Kind.TEXT
        and not column.name.startswith(("cell_", "run_"))
        and column.name not in ("format", "trial", "block")
    ]
    assert len(families) == len(numbers)
    for column in numbers:
        known = {str(n): v for n, v in enumerate(column.values, 1) if v is not None}
        family = families[family_name(column.name)]
        read = {sample.labels["trial"]: sample.value for sample in family.samples}
        assert read.keys() == known.keys()
        factor = 1e-9 if column.name.endswith("_ns") else 1
        for trial, value in known.items():
            assert math.isclose(read[trial], value * factor, rel_tol=1e-12, abs_tol=5e-324)


def family_name(column: str) -> str:
    if column == "load_connections_total":
        return f"{PREFIX}load_connections_whole_trial"
    units = {"_ns": "_seconds", "_hz": "_hertz", "_share": "_ratio", "_s": "_seconds"}
    for ending, unit in units.items():
        if column.endswith(ending):
            return PREFIX + column.removesuffix(ending) + unit
    return PREFIX + column


def test_a_metric_has_unit_kind_and_labels(
    header: RunHeader, make_record: MakeRecord, make_cell: Callable[..., Cell]
) -> None:
    header = replace(header, host={"hostname": 'h"\\\n'})
    other = make_cell(map_size=2_000, options={"scan": 3})
    records = [make_record(1), make_record(2, cell=other, status=Status.FAILED)]
    found = {
        family.name.removeprefix(PREFIX): family
        for family in text_string_to_metric_families(openmetrics_text(columns(header, records)))
    }
    p99 = found["lateness_p99_seconds"]
    assert (p99.type, p99.unit, p99.samples[0].value) == ("gauge", "seconds", 5e-5)
    assert p99.samples[0].labels == {
        "run": header.run_id,
        "host": 'h"\\',  # A header's fact is one line.
        "trial": "1",
        "block": "1",
        "status": "ok",
        "program": "resident",
        "engine": "bpf_timer",
        "map_size": "1000",
        "timeout_ns": "100000000",
        "load_hz": "0",
    }
    fired = found["callbacks_fired"]
    assert (fired.type, fired.unit) == ("counter", "")
    assert [(s.name, s.value) for s in fired.samples] == [(f"{fired.name}_total", 980_000)]
    labels = found["window_seconds"].samples[1].labels
    assert (labels["option_scan"], labels["status"]) == ("3", "failed")
    assert found["trial_info"].type == "gauge"


def test_an_integer_beyond_64_bits_is_refused_by_name(
    header: RunHeader, make_record: MakeRecord
) -> None:
    table = columns(header, [make_record(1, window_ns=2**63)])
    with pytest.raises(BenchError, match="window_ns has an integer that Parquet cannot hold"):
        parquet_bytes(table, b"{}")


def test_outliers_are_json_in_one_column(header: RunHeader, make_record: MakeRecord) -> None:
    late = Outlier(t_ns=5, lateness_ns=7, cpu=1, venue="idle", pid=0, comm="swapper/1")
    [row] = rows(columns(header, [make_record(1, outliers=[late])]))
    [read] = json.loads(row["outliers_json"])
    assert (read["lateness_ns"], read["comm"], read["before"]) == (7, "swapper/1", None)


def test_ksoftirqd_figures_keep_their_units(header: RunHeader, make_record: MakeRecord) -> None:
    figures = Ksoftirqd(cpu_ns=4, cpu_share=0.5, runq_delay_ns=None, wakeups=9)
    [row] = rows(columns(header, [make_record(1, ksoftirqd=figures)]))
    names = ("cpu_ns", "cpu_share", "runq_delay_ns", "wakeups")
    assert [row[f"ksoftirqd_{name}"] for name in names] == [4, 0.5, None, 9]
