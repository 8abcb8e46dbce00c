"""CPU time of others, against what they measured of themselves."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bench.host.others import other_processes, others_ns
from bench.host.processes import PF_KTHREAD, TICK_NS, Process
from tests.running import running

BURN_S = 0.3
BURN = f"""
import sys, time
print("begun", flush=True)
sys.stdin.readline()
end = time.process_time() + {BURN_S}
while time.process_time() < end:
    pass
print(time.process_time_ns(), flush=True)
sys.stdin.readline()
"""
FEW_TICKS_NS = 6 * TICK_NS
"""Steps of two accounts of two processes, and this process itself."""


def used(own_ns: int, children_ns: int) -> Process:
    return Process(8, "a) b", 1, 0, own_ns, children_ns)


def others(*, reap_before_the_second_look: bool) -> tuple[int, int]:
    """CPU time of others as seen, and as the process that burned it says: as nobody's child."""
    nobody = -1
    with running([sys.executable, "-c", BURN], stdin=subprocess.PIPE) as burner:
        assert burner.stdin is not None and burner.stdout is not None
        burner.stdout.readline()
        mine = {os.getpid(), burner.pid}
        first = {pid: t for pid, t in other_processes(root=nobody).items() if pid in mine}
        burner.stdin.write("burn\n")
        burner.stdin.flush()
        burned = int(burner.stdout.readline())
        if reap_before_the_second_look:
            burner.stdin.write("end\n")
            burner.stdin.close()
            burner.wait()
        last = {pid: t for pid, t in other_processes(root=nobody).items() if pid in mine}
    return others_ns(first, last), burned


@pytest.mark.parametrize("reaped", [False, True])
def test_what_a_process_burned_is_seen_also_when_it_has_ended(reaped: bool) -> None:
    seen, burned = others(reap_before_the_second_look=reaped)
    assert BURN_S * 1e9 - FEW_TICKS_NS <= seen <= burned + FEW_TICKS_NS


def test_a_run_and_what_it_started_are_no_others() -> None:
    with running(["cat"], stdin=subprocess.PIPE) as child:
        assert not other_processes().keys() & {os.getpid(), child.pid}
        assert other_processes(root=child.pid).keys() >= {os.getpid()}
        assert child.pid not in other_processes(root=child.pid)


def test_kernel_threads_are_no_processes(tmp_path: Path) -> None:
    for pid, flags in ((7, PF_KTHREAD), (8, 0)):
        (tmp_path / str(pid)).mkdir()
        text = f"{pid} (a) b) S 1 0 0 0 -1 {flags} 0 0 0 0 3 2 10 20 0 0\n"
        (tmp_path / str(pid) / "stat").write_text(text)
    assert other_processes(tmp_path) == {8: used(5 * TICK_NS, 30 * TICK_NS)}


def test_what_a_process_that_ended_had_used_before_is_not_of_the_time_between() -> None:
    opening = {1: used(5, 100), 2: used(1_000, 50)}
    assert others_ns(opening, {1: used(8, 1_160)}) == 3 + 10
    # Its parent did not want to know.
    assert others_ns(opening, {1: used(8, 100)}) == 3
    assert others_ns(opening, opening | {3: used(4, 2)}) == 4 + 2
