from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bench.analysis.findings import findings
from bench.analysis.pooled import Sample, merged
from bench.analysis.tails import tail_of, tails_table
from bench.histogram import Histogram
from bench.page.grid import tails as tails_grid
from bench.record import RunHeader, Status, TrialRecord
from bench.report.markdown import write_report
from bench.spec import Cell
from bench.store import RunFolder
from bench.store.run import read_run
from bench.units import format_duration

MakeRecord = Callable[..., TrialRecord]


def sample(*sizes: int) -> Sample:
    """Trials of so many callbacks, from 1 µs on at steps of 1 ns."""
    trials = tuple(Histogram.of(np.arange(1_000, 1_000 + size)) for size in sizes)
    return Sample(trials, merged(trials))


@pytest.mark.parametrize(
    ("callbacks", "names"),
    [(999, None), (1_000, ["p99"]), (10_000, ["p99", "p99.9"]), (99_999, ["p99", "p99.9"])],
)
def test_a_percentile_needs_ten_callbacks_beyond_it(
    callbacks: int, names: list[str] | None
) -> None:
    found = tail_of("a", sample(callbacks))
    assert (list(found.percentiles) if found else None) == names


def test_trials_together_carry_what_none_does_alone() -> None:
    found = tail_of("a", sample(40_000, 60_000))
    assert found is not None
    assert (found.trials, found.callbacks) == (2, 100_000)
    percentile = found.percentiles["p99.99"]
    assert percentile.interval is not None
    assert percentile.interval.low <= percentile.ns <= percentile.interval.high <= 61_000


def test_columns_that_no_cell_has_are_left_out() -> None:
    known = [tail for size in (1_000, 10_000) if (tail := tail_of(f"n {size}", sample(size)))]
    lines = tails_table(known).splitlines()
    assert lines[0] == "| cell | trials | callbacks | p99 | p99.9 |"
    assert lines[2].startswith("| n 1000 | 1 | 1k | ") and lines[2].endswith("| - |")
    grid = tails_grid(known)
    assert [heading.title for heading in grid.headings[3:]] == ["p99", "p99.9"]
    assert grid.rows[0][-1].text == "-" and grid.rows[1][-1].note


def test_a_report_has_the_tails_of_ok_trials_of_plain_cells(
    tmp_path: Path, header: RunHeader, make_record: MakeRecord, make_cell: Callable[..., Cell]
) -> None:
    late = Histogram.of(np.arange(1_000, 3_000)).summary()
    plain, bare, bad = make_cell(), make_cell(control="stages"), make_cell(map_size=9)
    run = RunFolder.create(tmp_path, header)
    for number, cell in enumerate((plain, plain, bare, bad)):
        status = Status.INVALID if cell is bad or number == 1 else Status.OK
        record = make_record(number, cell=cell, status=status, block=number)
        run.append(replace(record, lateness=late))
    (tail,) = findings([read_run(run)]).tails
    assert (tail.trials, tail.callbacks) == (1, 2_000)
    text = write_report(run).read_text(encoding="utf-8")
    assert "## Tails" in text and "lower bound" in text
    assert f"| {tail.cell} | 1 | 2k | {format_duration(tail.percentiles['p99'].ns)} (" in text
