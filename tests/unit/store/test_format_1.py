"""A run folder as format 1 wrote it, part of a published run: it reads, reports and compares."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from bench.analysis.controls import application_cost
from bench.cli.main import main
from bench.exits import Exit
from bench.reason import Code
from bench.record import Status
from bench.report.markdown import write_report
from bench.store import RunFolder

FROZEN = Path(__file__).parents[2] / "data" / "format-1"


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    return RunFolder.open(shutil.copytree(FROZEN, tmp_path / "run"))


def test_it_is_of_format_1_without_codes_and_without_boot() -> None:
    lines = [json.loads(line) for line in (FROZEN / "trials.jsonl").read_text().splitlines()]
    assert {line["format"] for line in lines} == {1} and not any("codes" in x for x in lines)
    assert "boot_id" not in json.loads((FROZEN / "run.json").read_text())


def test_every_value_that_was_written_is_read_as_it_is(run: RunFolder) -> None:
    lines = [json.loads(line) for line in (FROZEN / "trials.jsonl").read_text().splitlines()]
    records = {record.trial: record for record in run.records()}
    assert sorted(records) == sorted(line["trial"] for line in lines)
    for line in lines:
        record = records[line["trial"]]
        assert record.reasons == line["reasons"] and record.status == line["status"]
        assert record.lateness is None or record.lateness.p99_ns == line["lateness"]["p99_ns"]
        assert record.noise is None or record.noise.traffic_ns is None, "never 0: not measured"
        assert record.load is None or record.load.achieved_hz == line["load"]["achieved_hz"]


def test_its_reasons_have_codes_and_count_for_the_load(run: RunFolder) -> None:
    short = [record for record in run.records() if record.status is Status.INVALID]
    assert len(short) == 5 and {tuple(record.codes) for record in short} == {(Code.LOAD_SHORT,)}
    assert {effect.blocks for effect in application_cost(run.records())} == {5}


def test_it_reports_and_says_what_it_lacks(run: RunFolder) -> None:
    text = write_report(run).read_text()
    assert "which has no boot\\_id" in text or "which has no boot_id" in text
    assert "10 ok, 5 invalid" in text


def test_it_compares(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["compare", str(FROZEN), str(FROZEN), "--json", "--force"])
    document = json.loads(capsys.readouterr().out)
    assert ended.value.code == Exit.UNANSWERED, "a cell has no trial that counts"
    assert document["summary"]["worse"] == 0
    assert document["comparisons"] and document["redefined"] == []
