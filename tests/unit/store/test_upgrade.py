from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from bench.reason import Code
from bench.record import RunHeader, TrialRecord
from bench.store.run_format import dump_record, parse_header, parse_trials
from bench.store.upgrade import lacking

SENTENCES = [
    ("ledger open: started + restarted = 5, accounted for = 4", Code.LEDGER_OPEN),
    ("timers not started: 3 EBUSY", Code.TIMERS_REFUSED),
    ("7 entries left in the map, 3 were not collected", Code.ENTRIES_LEFT),
    ("1 timer lost: armed, but neither enqueued nor called back", Code.TIMERS_LOST),
    ("2 timers run on another clock than lateness is judged by", Code.OTHER_CLOCK),
    ("+3 timers against connection ends counted by the load", Code.UNMATCHED),
    ("too few samples: 3 callbacks, at least 20 are needed", Code.SAMPLES_FEW),
    ("4 callbacks before their expiry", Code.EARLY),
    ("load 280/s is 14% of offered 2k/s, at least 95% is needed", Code.LOAD_SHORT),
    ("the program's own deadline passed within the window", Code.DEADLINE),
    ("steal 30% is above 10%", Code.STEAL),
    ("host drifted: governor: powersave -> performance", Code.DRIFT),
    ("220 connections/s that are not this run's load arrived during the window", Code.FOREIGN),
    ("interrupted", Code.INTERRUPTED),
    ("the moon was full", Code.UNKNOWN),
]


def read(record: TrialRecord, **changes: object) -> TrialRecord:
    line = json.loads(dump_record(record)) | changes
    (found,) = parse_trials(json.dumps(line).encode() + b"\n", "trials.jsonl").records
    return found


def test_every_code_has_its_sentence_here() -> None:
    assert {code for _, code in SENTENCES} == set(Code)


@pytest.mark.parametrize(("sentence", "code"), SENTENCES)
def test_a_reason_of_format_1_gets_its_code(
    make_record: Callable[..., TrialRecord], sentence: str, code: Code
) -> None:
    found = read(make_record(1), format=1, reasons=["steal 20% is above 10%", sentence])
    assert found.codes == [Code.STEAL, code] and found.format == 1


@pytest.mark.parametrize(("format_", "codes"), [(1, [Code.DRIFT]), (2, [Code.DRIFT]), (2, [])])
def test_codes_that_were_written_are_kept(
    make_record: Callable[..., TrialRecord], format_: int, codes: list[str]
) -> None:
    assert read(make_record(1), format=format_, reasons=["steal 1%"], codes=codes).codes == codes


def test_a_run_of_format_1_says_what_it_lacks(header: RunHeader) -> None:
    data = b'{"format": 1, "run_id": "old", "started": "", "seed": 1, "trials_planned": 1, '
    data += b'"host": {}, "tools": {}, "sweep": {"cells": [{"program": "resident"}]}}'
    old = parse_header(data, "run.json")
    assert lacking(old) == "old is of format 1, which has no boot_id"
    assert old.boot_id is None and old.definitions.quantities == {}
    assert lacking(header) == "" == lacking(replace(header, boot_id=None))
