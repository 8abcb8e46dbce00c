from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from bench.reason import Code
from bench.record import RunHeader, TrialRecord
from bench.spec import Ends
from bench.store.run_format import dump_header, dump_record, parse_header, parse_trials
from bench.store.upgrade import lacking, upgraded

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

NEWER = {Code.GRID_OPEN, Code.LOAD_EXCESS, Code.WATCHDOG}
"""No record of format 1 has them."""


def read(record: TrialRecord, **changes: object) -> TrialRecord:
    line = json.loads(dump_record(record)) | changes
    (found,) = parse_trials(json.dumps(line).encode() + b"\n", "trials.jsonl").records
    return found


def test_every_code_has_its_sentence_here() -> None:
    assert {code for _, code in SENTENCES} == set(Code) - NEWER


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


@pytest.mark.parametrize(
    ("load", "control", "ends"),
    [
        (None, None, Ends.BOTH),
        ({"host": "load1"}, None, Ends.SERVER),
        ({"host": None}, "attached", Ends.BOTH),
        (None, "load", Ends.SERVER),
    ],
)
def test_tcp_met_the_ends_that_the_host_had(
    load: dict[str, str | None] | None, control: str | None, ends: Ends
) -> None:
    cell = {"program": "tcp", "control": control}
    assert upgraded({"format": 2, "cell": cell, "load": load})["cell"]["ends"] == ends
    said = {"format": 2, "cell": cell | {"ends": "server"}, "load": load}
    assert upgraded(said) == said


def test_no_other_program_had_ends() -> None:
    record = {"format": 2, "cell": {"program": "xdp_gc"}, "load": None}
    assert upgraded(record) == record


@pytest.mark.parametrize(
    ("command", "ends"),
    [(["bench", "run"], Ends.BOTH), (["bench", "run", "--load-host=u@h"], Ends.SERVER)],
)
def test_a_sweep_has_the_ends_of_its_records(command: list[str], ends: Ends) -> None:
    cells = [{"program": "tcp"}, {"program": "xdp_gc"}, {"program": "tcp", "ends": ["server"]}]
    data = {"format": 1, "command": command, "sweep": {"cells": cells}}
    first, *others = upgraded(data)["sweep"]["cells"]
    assert first == {"program": "tcp", "ends": ends} and others == cells[1:]


def test_a_run_of_format_1_says_what_it_lacks(header: RunHeader) -> None:
    data = b'{"format": 1, "run_id": "old", "started": "", "seed": 1, "trials_planned": 1, '
    data += b'"host": {}, "tools": {}, "sweep": {"cells": [{"program": "resident"}]}}'
    old = parse_header(data, "run.json")
    assert lacking(old) == "old is of format 1, which has no boot_id"
    assert old.boot_id is None and old.definitions.quantities == {}
    assert lacking(header) == "" == lacking(replace(header, boot_id=None))


@pytest.mark.parametrize(("asked", "now"), [("bcc", "auto"), ("procfs", "procfs")])
def test_the_observer_of_who_asked_for_none_in_format_1_is_auto(
    make_record: Callable[..., TrialRecord], asked: str, now: str
) -> None:
    record = make_record(1)
    cell = json.loads(dump_record(record))["cell"] | {"observer": asked}
    assert read(record, format=1, cell=cell).cell.observer == now
    assert read(record, cell=cell).cell.observer == asked, "since format 2 it is what was asked for"


def test_so_it_is_in_the_sweep(header: RunHeader) -> None:
    written = json.loads(dump_header(header))
    grids = [{**written["sweep"]["cells"][0], "observer": ["bcc", "none"]}]
    data = written | {"format": 1, "sweep": written["sweep"] | {"cells": grids}}
    (grid,) = parse_header(json.dumps(data).encode(), "run.json").sweep.cells
    assert grid.observer == ("auto", "none")
