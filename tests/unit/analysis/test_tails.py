from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bench.analysis.findings import findings
from bench.analysis.pooled import Sample, merged
from bench.analysis.tails import ALONE, MOSTLY, TOGETHER, tail_of, tails_table
from bench.histogram import LOWEST, Histogram, index_of
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
    assert percentile.range is None and percentile.caution == MOSTLY


def late(callbacks: int, beyond: int, late_ns: int) -> Histogram:
    return Histogram.of(np.concatenate([np.full(callbacks - beyond, 1_000), [late_ns] * beyond]))


def test_the_range_goes_from_the_lowest_to_the_highest_trial() -> None:
    trials = tuple(late(2_000, 40, ns) for ns in (5_000, 9_000, 20_000))
    found = tail_of("a", Sample(trials, merged(trials)))
    assert found is not None
    percentile = found.percentiles["p99"]
    assert percentile.range is not None and not percentile.caution
    assert percentile.range == (int(LOWEST[index_of(5_000)]), 20_000), "never above the maximum"


def test_the_lower_end_is_the_lowest_of_its_counter() -> None:
    values = np.concatenate([np.full(1_900, 1_000), np.arange(100_000, 100_200)])
    trials = (Histogram.of(values), Histogram.of(values))
    found = tail_of("a", Sample(trials, merged(trials)))
    assert found is not None
    low, high = found.percentiles["p99"].range or (0, 0)
    assert low < high and high - low < 0.01 * high


def test_a_percentile_of_one_trial_says_so() -> None:
    trials = (late(50_000, 0, 9), late(50_000, 15, 10**6))
    found = tail_of("a", Sample(trials, merged(trials)))
    assert found is not None and found.percentiles["p99.99"].caution == MOSTLY
    alone = tail_of("a", sample(20_000))
    assert alone is not None and alone.percentiles["p99.9"].caution == ALONE
    even = tuple(late(40_000, 10, 10**6) for _ in range(3))
    shared = tail_of("a", Sample(even, merged(even)))
    assert shared is not None and shared.percentiles["p99.99"].caution == TOGETHER


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
    assert "## Tails" in text and "range of the percentile over trials" in text
    assert f"| {tail.cell} | 1 | 2k | {format_duration(tail.percentiles['p99'].ns)} (" in text
