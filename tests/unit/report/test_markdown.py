from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from bench.analysis.findings import findings
from bench.histogram import Histogram
from bench.record import RunHeader, Status, TrialRecord
from bench.report.markdown import render, write_report
from bench.store import RunFolder
from bench.store.run import Run

MakeRecord = Callable[..., TrialRecord]


def test_the_report_is_the_golden_one(
    tmp_path: Path,
    header: RunHeader,
    records: list[TrialRecord],
    check_golden: Callable[[str, str], None],
) -> None:
    late = Histogram.of(np.arange(1_000, 12_000)).summary()
    records[0] = replace(records[0], lateness=late)
    found = findings([Run(header=header, records=records, path=tmp_path, name="host")])
    warnings = ["trials.jsonl, line 11: cut off (test data)"]
    text = render(header, records, warnings=warnings, found=found)
    check_golden("report.md", text)


def test_a_report_is_written_into_the_run(
    tmp_path: Path, header: RunHeader, records: list[TrialRecord]
) -> None:
    run = RunFolder.create(tmp_path, header)
    for record in records:
        run.append(record)
    path = write_report(run)
    assert path == run.path / "report.md"
    text = path.read_text(encoding="utf-8")
    plain, lines = render(header, records).splitlines(), text.splitlines()
    assert set(plain) <= set(lines), "the answer is added, nothing else changes"
    added = [line for line in lines if line.startswith("- **") and line not in plain]
    sentences = [line for line in added if ".** " in line]
    assert "## What would bite you in production" in lines and len(added) > len(sentences)
    assert len(sentences) == 5
    assert sentences[0].startswith("- **[Lateness](#resident).** The median callback is 3.25µs")


def test_a_torn_line_is_told_to_the_reader(tmp_path: Path, header: RunHeader) -> None:
    run = RunFolder.create(tmp_path, header)
    (run.path / "trials.jsonl").write_bytes(b'{"format"')
    assert "**Warning:**" in write_report(run).read_text(encoding="utf-8")


def test_a_run_without_records_has_a_page(header: RunHeader) -> None:
    text = render(header, [])
    assert "No trial has a record yet." in text
    assert "12 not run" in text


def test_one_trial_has_a_page(header: RunHeader, make_record: MakeRecord) -> None:
    text = render(header, [make_record(1)])
    assert "| 1k | 100ms | 1 | 5µs | 50µs | 500µs | 995k | 99.5% | 92% | 5% | - |" in text


def test_only_failed_trials_have_a_page(header: RunHeader, make_record: MakeRecord) -> None:
    text = render(header, [make_record(1, status=Status.FAILED, error="no BTF")])
    assert "| 1k | 100ms | 0/1 | - | - | - | - | - | - | - | - |" in text
    assert "no BTF" in text


def test_nothing_from_outside_becomes_markup(header: RunHeader, make_record: MakeRecord) -> None:
    evil = "</td><script>x</script> | `a` **b** [c](d)\n\n# e"
    hostile = replace(
        header,
        host={evil: evil},
        tools={evil: evil},
        command=[evil, "```"],
        sweep=replace(header.sweep, question=evil),
        started=evil,
    )
    record = make_record(1, status=Status.FAILED, error=evil, reasons=[evil])
    text = render(hostile, [record], warnings=[evil])
    prose = text.split("Command:")[0] + text.split("## Host")[1]
    assert "<script>" not in prose
    assert "**b**" not in prose
    assert "\n# e" not in prose
    assert "(d)" in prose
