from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench import abi
from bench.engines.cyclictest import command, count, sample_of, timer_slack
from bench.engines.hard_timer import symbol_address
from bench.engines.no_program import NoProgramSession
from bench.errors import BenchError
from bench.histogram import HIGHEST, Histogram
from bench.programs.census import Census

SLACK = "import sys; print(open('/proc/self/timerslack_ns').read())"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("       0:       1:   81234\n", 81_234),
        ("       1:       7:       0", 0),
        ("Thread 0 Interval: 1500", None),
        ("# /dev/cpu_dma_latency set to 0us", None),
        ("T: 0 ( 123) P: 0", None),
        ("", None),
    ],
)
def test_samples_are_told_from_other_lines(line: str, expected: int | None) -> None:
    assert sample_of(line) == expected


def test_it_runs_a_thread_per_cpu_and_tunes_nothing() -> None:
    words = command((0, 1, 5))
    assert words[words.index("-t") + 1] == "3"
    assert words[words.index("-a") + 1] == "0-1,5"
    assert {"--default-system", "-N", "-v"} <= set(words)


@given(st.lists(st.integers(-5, 2 * HIGHEST), max_size=30))
def test_samples_are_counted_as_the_kernel_side_would(values: list[int]) -> None:
    row = np.zeros(1, abi.DISTRIBUTION)
    row["min_ns"] = abi.NO_MINIMUM
    for value in values:
        count(row[0], value)
    expected = Histogram.of(values)
    assert (row["counts"][0] == expected.counts).all()
    assert row["negative"][0] == expected.negative and row["overflow"][0] == expected.overflow
    assert row["total_ns"][0] == expected.total_ns
    if expected.count:
        assert (row["min_ns"][0], row["max_ns"][0]) == (expected.min_ns, expected.max_ns)


def test_only_what_starts_within_the_block_has_no_slack() -> None:
    def slack() -> int:
        return int(subprocess.check_output([sys.executable, "-c", SLACK]))

    before = slack()
    with timer_slack(1):
        assert slack() == 1
    assert slack() == before


def test_an_address_is_found_and_a_hidden_one_is_refused(tmp_path: Path) -> None:
    kallsyms = tmp_path / "kallsyms"
    kallsyms.write_text("ffff000000000010 T other\nffff000000000020 t hrtimer_wakeup\n")
    assert symbol_address("hrtimer_wakeup", kallsyms) == 0xFFFF000000000020
    kallsyms.write_text("0000000000000000 t hrtimer_wakeup\n")
    with pytest.raises(BenchError, match="no address of hrtimer_wakeup"):
        symbol_address("hrtimer_wakeup", kallsyms)


def test_a_trial_without_a_program_counts_nothing() -> None:
    session = NoProgramSession()
    try:
        opening, closing = session.open_window(), session.close_window()
        assert (opening.fired, closing.fired, closing.outstanding) == (0, 0, 0)
        assert session.census() == Census(0, 0, 0, 0)
        assert session.outliers() == [] and session.without_stages == "no program is loaded"
        with pytest.raises(AssertionError, match="arm of a trial without a program"):
            session.run("arm", np.zeros(1, abi.ARM_ARGS))
    finally:
        session.close()
