"""Ten numbers of each published page, recomputed from ``trials.jsonl`` with numpy alone.

Only the names of the rows are the tool's: a trial's number says of which cell it is.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from itertools import zip_longest
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bench.analysis.cell_rows import cell_rows
from bench.analysis.findings import findings
from bench.page.write import write_findings
from bench.store.run import Run, read_runs
from tests.tracked import record_lines
from tests.unit.page.tables import Table, table_of

ROOT = Path(__file__).resolve().parents[3]
FIXTURE = ROOT / "tests" / "data" / "aa-second" / "base"
RUNS = [FIXTURE, *sorted(path.parent for path in ROOT.glob("results/*/run.json"))]
Record = dict[str, Any]
NUMBERS: dict[str, Callable[[Record], float | None]] = {
    "p50 lateness": lambda r: r["lateness"]["p50_ns"],
    "p99 lateness": lambda r: r["lateness"]["p99_ns"],
    "max lateness": lambda r: r["lateness"]["max_ns"],
    "fired/s": lambda r: r["callbacks"]["fired"] / r["window_ns"] * 1e9,
    "ksoftirqd CPU": lambda r: r["ksoftirqd"]["cpu_share"],
    "steal": lambda r: r["noise"]["steal"],
    "conn/s": lambda r: r["load"]["achieved_hz"],
    "median connect": lambda r: r["load"]["connect"]["p50_ns"],
}
WANTED = 10


def latest_lines(run: Path) -> dict[int, Record]:
    """The last record of each trial: one that was measured again has several."""
    return {record["trial"]: record for record in map(json.loads, record_lines(run))}


def value_of(record: Record, title: str) -> float | None:
    try:
        return NUMBERS[title](record)
    except (KeyError, TypeError):
        return None


def recomputed(records: list[Record], title: str) -> float | None:
    """Median over blocks, each the median of its trials; None if a trial has no value."""
    values = [value_of(record, title) for record in records]
    known = [value for value in values if value is not None]
    if not known or len(known) < len(values):
        return None
    blocks = np.array([record["block"] for record in records])
    each = [np.median(np.array(known)[blocks == block]) for block in np.unique(blocks)]
    return float(np.median(each))


def expected(run: Run) -> Iterator[tuple[str, str, float]]:
    """Row, column and number, of cells of which all trials are ok."""
    lines = latest_lines(run.path)
    for row in cell_rows([run]):
        numbers = [r.trial for r in run.records if r.cell == row.cell]
        records = [lines[number] for number in numbers]
        if any(record["status"] != "ok" for record in records):
            continue
        for title in NUMBERS:
            if (number := recomputed(records, title)) is not None:
                yield row.text, title, number


@pytest.mark.parametrize("path", RUNS, ids=lambda path: path.name)
def test_ten_numbers_of_a_page_are_those_of_its_records(path: Path, tmp_path: Path) -> None:
    [run] = read_runs([path])
    write_findings(findings([run]), tmp_path)
    table = table_of((tmp_path / "report.html").read_text(encoding="utf-8"), "numbers-table")
    known = [item for item in expected(run) if item[1] in table.columns]
    shown = [item for item in known if table.number(item[0], item[1]) is not None]
    # Of each quantity in turn, over the whole table, so that cells and quantities both vary.
    by_title = [[item for item in shown if item[1] == title] for title in NUMBERS]
    spread = [items[:: max(1, len(items) // WANTED)] for items in by_title]
    chosen = [item for items in zip_longest(*spread) for item in items if item][:WANTED]
    assert len(chosen) == WANTED
    assert len({title for _, title, _ in chosen}) > 2, "not ten numbers of one column"
    for row, title, number in chosen:
        assert table.number(row, title) == pytest.approx(number, rel=1e-5), (row, title)


def test_a_wrong_number_is_seen(tmp_path: Path) -> None:
    """The oracle can fail: of records that were changed the page's numbers are others."""
    [run] = read_runs([FIXTURE])
    write_findings(findings([run]), tmp_path)
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    row, title, number = next(item for item in expected(run) if item[1] == "p50 lateness")
    table: Table = table_of(text, "numbers-table")
    assert table.number(row, title) != pytest.approx(number * 1.01, rel=1e-5)
