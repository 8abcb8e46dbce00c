"""Runs in emulated guests: behaviour and ledgers, never a time or a rate."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest

from bench.quantities.behaviour import BEHAVIOUR, NO_MEASUREMENT
from bench.quantities.catalogue import TABLE
from bench.record import RunHeader, TrialRecord, Virtual, is_measurement
from bench.report.markdown import render
from bench.report.terminal import console_for, print_report

TIMES = [column.title for column in TABLE if column not in BEHAVIOUR]


def printed(header: RunHeader, records: list[TrialRecord]) -> str:
    out = io.StringIO()
    print_report(console_for(out), header, records)
    return " ".join(out.getvalue().split())


@pytest.mark.parametrize(
    ("virtual", "measured"), [(None, True), (Virtual.KVM, True), (Virtual.EMULATED, False)]
)
def test_only_emulation_is_no_measurement(
    virtual: Virtual | None, measured: bool, header: RunHeader, records: list[TrialRecord]
) -> None:
    marked = replace(header, virtual=virtual)
    assert is_measurement(marked) is measured
    for text in (render(marked, records), printed(marked, records)):
        assert (NO_MEASUREMENT in text) is not measured


def test_an_emulated_run_shows_ledgers_and_no_time(
    header: RunHeader, records: list[TrialRecord]
) -> None:
    text = render(replace(header, virtual=Virtual.EMULATED), records)
    titles = next(line for line in text.splitlines() if line.startswith("| map"))
    assert "ledger closed" in titles and "fired |" in titles
    assert not [title for title in TIMES if f"| {title} |" in titles]
    table = text.partition("## How to read")[0]
    assert "µs" not in table and "/s |" not in table
