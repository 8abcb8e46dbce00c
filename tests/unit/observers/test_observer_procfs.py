from __future__ import annotations

from pathlib import Path

import pytest

from bench.errors import BenchError
from bench.host.softirqs import softirq_counts
from bench.observers.procfs import NullObserver, ProcfsObserver

SOFTIRQS = """\
                    CPU0       CPU1
          HI:          0          1
     HRTIMER:         10         20
      NET_RX:       1598       2237
    IRQ_POLL:          0          0
"""


@pytest.fixture
def proc(tmp_path: Path) -> Path:
    (tmp_path / "softirqs").write_text(SOFTIRQS)
    for pid, account in ((14, "1000 200 3\n"), (22, "5000 30 4\n")):
        (tmp_path / str(pid)).mkdir()
        (tmp_path / str(pid) / "schedstat").write_text(account)
    return tmp_path


def test_procfs_gives_what_proc_has_and_no_more(proc: Path) -> None:
    with ProcfsObserver({0: 14, 1: 22}, proc) as observer:
        seen = observer.snapshot()
    assert (seen.cpu_ns, seen.runq_delay_ns) == (6_000, 230)
    assert seen.softirq_count == softirq_counts(proc)
    assert seen.softirq_ns is None
    assert seen.wakeups is None


def test_none_reads_the_scheduler_account_only(proc: Path) -> None:
    (proc / "softirqs").unlink()
    seen = NullObserver({0: 14}, proc).snapshot()
    assert (seen.cpu_ns, seen.runq_delay_ns) == (1_000, 200)
    assert seen.softirq_count is None


def test_the_record_says_which_observer_it_was(proc: Path) -> None:
    assert ProcfsObserver({}, proc).info().name == "procfs"
    assert NullObserver({}, proc).info().name == "none"
    assert "softirqs" not in NullObserver({}, proc).info().detail["source"]


def test_start_refuses_a_thread_that_is_gone(proc: Path) -> None:
    with pytest.raises(BenchError, match=r"999/schedstat.*offline"):
        ProcfsObserver({0: 999}, proc).start()


def test_start_refuses_a_proc_without_softirqs(proc: Path) -> None:
    (proc / "softirqs").unlink()
    with pytest.raises(BenchError, match="softirqs"):
        ProcfsObserver({0: 14}, proc).start()
