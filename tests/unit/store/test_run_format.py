from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.errors import BenchError
from bench.record import RunHeader, TrialRecord
from bench.store.run_format import dump_header, dump_record, parse_header, parse_trials

MakeRecord = Callable[..., TrialRecord]


@pytest.fixture
def line(make_record: MakeRecord) -> bytes:
    return dump_record(make_record(1))


def test_a_header_is_read_back(header: RunHeader) -> None:
    assert parse_header(dump_header(header), "run.json") == header


def changed(header: RunHeader, **changes: object) -> bytes:
    return json.dumps(json.loads(dump_header(header)) | changes).encode()


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"format": 3}, "run.json has format 3, known are: 1, 2"),
        ({"format": None}, "run.json has format None, known are: 1, 2"),
        ({"seed": "x"}, "run.json is corrupted: seed: .*'x'"),
        ({"sweep": {"cells": []}}, "run.json is corrupted: sweep.cells"),
        ({"sweep": {"cells": [{"program": "resident", "options": 7}]}}, "cells.0.options"),
        ({"sweep": {"cells": [{"program": "resident", "options": ["held"]}]}}, "cells.0.options"),
    ],
)
def test_a_wrong_header_is_named(
    header: RunHeader, changes: dict[str, object], problem: str
) -> None:
    with pytest.raises(BenchError, match=problem):
        parse_header(changed(header, **changes), "run.json")


@pytest.mark.parametrize("data", [b"", b"{", b"\xff\xfe\x00", b"[" * 10])
def test_a_header_that_is_not_json_is_named(data: bytes) -> None:
    with pytest.raises(BenchError, match=r"run.json is corrupted: .*Restore"):
        parse_header(data, "run.json")


@pytest.mark.parametrize("data", [b"[]", b"3", b"null"])
def test_a_header_that_is_no_object_is_named(data: bytes) -> None:
    with pytest.raises(BenchError, match="has format None"):
        parse_header(data, "run.json")


def test_no_trials() -> None:
    trials = parse_trials(b"", "trials.jsonl")
    assert (trials.records, trials.torn, trials.warnings) == ([], b"", [])


@pytest.mark.parametrize(
    ("bad", "problem"),
    [
        (b'{"format": 1, "tri\n', "line 2 is corrupted"),
        (b'{"format": 9}\n', "line 2 has format 9"),
        (b'{"format": 1, "trial": -1}\n', "line 2 is corrupted: "),
    ],
)
def test_a_whole_line_that_is_wrong_is_not_skipped(line: bytes, bad: bytes, problem: str) -> None:
    with pytest.raises(BenchError, match=problem):
        parse_trials(line + bad + line, "trials.jsonl")
    with pytest.raises(BenchError, match=problem):
        parse_trials(line + bad, "trials.jsonl")


def test_every_way_to_cut_the_last_line_is_recognised(line: bytes) -> None:
    for kept in range(1, len(line) - 1):
        trials = parse_trials(line + line[:kept], "trials.jsonl")
        assert len(trials.records) == 1
        assert trials.torn == line[:kept]
        assert trials.whole_bytes == len(line)
        assert len(trials.warnings) == 1


@given(st.binary(min_size=1).filter(lambda data: b"\n" not in data))
def test_garbage_at_the_end_is_torn_or_refused(data: bytes) -> None:
    try:
        trials = parse_trials(data, "trials.jsonl")
    except BenchError:
        json.loads(data)
    else:
        assert trials.torn == data
