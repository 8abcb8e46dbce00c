from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from bench.analysis.answers.registry import FIRST, QUESTIONS
from bench.analysis.findings import findings
from bench.record import RunHeader, TrialRecord
from bench.store.run import Run
from tests.unit.whatif.conftest import connections as connections


def subjects(header: RunHeader, records: list[TrialRecord], path: Path) -> list[str]:
    run = Run(header=header, records=records, path=path, name="vm")
    return list(dict.fromkeys(line.subject for line in findings([run]).answer))


def test_what_breaks_and_when_ksoftirqd_takes_over_come_first_where_populations_are_asked_for(
    header: RunHeader, connections: Callable[..., list[TrialRecord]], tmp_path: Path
) -> None:
    live = connections(noise=0.03)
    found = subjects(header, live, tmp_path)
    assert found[:3] == ["Which engine", "ksoftirqd", "In production"] and "Lateness" in found
    bare = [replace(each, cell=replace(each.cell, population=None)) for each in live]
    other = subjects(header, bare, tmp_path)
    assert other.index("Lateness") < other.index("ksoftirqd")


def test_what_comes_first_are_questions() -> None:
    assert set(FIRST) <= {question.subject for question in QUESTIONS}
