from __future__ import annotations

from pathlib import Path

import pytest

from bench.errors import BenchError
from bench.host.softirqs import softirq_counts, vector_name, vector_number, vectors

SOFTIRQS = """\
                    CPU0       CPU1
          HI:          0          1
      NET_RX:       1598       2237
     HRTIMER:         10         20
"""


@pytest.fixture
def proc(tmp_path: Path) -> Path:
    (tmp_path / "softirqs").write_text(SOFTIRQS)
    return tmp_path


def test_counts_are_summed_over_cpus(proc: Path) -> None:
    assert softirq_counts(proc) == {"hi": 1, "net_rx": 3_835, "hrtimer": 30}


def test_a_vector_s_number_is_its_row(proc: Path) -> None:
    assert vectors(proc) == ("hi", "net_rx", "hrtimer")
    assert vector_number("hrtimer", proc) == 2


def test_a_vector_that_the_kernel_has_not_is_named(proc: Path) -> None:
    with pytest.raises(BenchError, match="no softirq vector rcu"):
        vector_number("rcu", proc)


def test_a_number_without_a_name_is_shown_as_it_is() -> None:
    assert vector_name(vector_number("hrtimer")) == "hrtimer"
    assert vector_name(99) == "vec99"


def test_a_proc_without_them_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(BenchError, match="softirqs"):
        softirq_counts(tmp_path)
