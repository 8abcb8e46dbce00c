"""What the kernel says that others wait for, against what they know of themselves."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.host import run_queue
from bench.host.others import other_processes
from bench.host.pressure import stalled_ns
from bench.host.run_queue import Turn, between, others_turns
from bench.host.stranger import PATIENCE_NS, Stranger
from tests.running import running

SPIN = "import sys; print('on', flush=True)\nwhile True: pass"


def tree(tmp_path: Path, cpu: str) -> Path:
    for name, text in {"cpu": cpu, "memory": "some avg10=0.00 total=12\nfull total=9\n"}.items():
        (tmp_path / "proc/pressure").mkdir(parents=True, exist_ok=True)
        (tmp_path / "proc/pressure" / name).write_text(text)
    return tmp_path


def test_pressure_is_the_time_in_which_some_task_waited(tmp_path: Path) -> None:
    root = tree(tmp_path, "some avg10=1.00 avg60=2.00 avg300=3.00 total=4567\nfull total=1\n")
    assert stalled_ns(root) == {"cpu": 4_567_000, "memory": 12_000}


def test_a_kernel_without_pressure_says_nothing_of_it(tmp_path: Path) -> None:
    assert stalled_ns(tmp_path) == {}
    assert stalled_ns(tree(tmp_path, "")) == {"memory": 12_000}


@contextmanager
def spinning(cpu: int) -> Iterator[int]:
    """A process that wants one CPU for good; its pid."""
    command = ["taskset", "-c", str(cpu), sys.executable, "-c", SPIN]
    with running(command) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield process.pid


def test_two_that_share_a_cpu_wait_about_as_long_as_they_run() -> None:
    cpu = min(os.sched_getaffinity(0))
    with spinning(cpu) as one, spinning(cpu) as two:
        assert not {one, two} & other_processes().keys()  # They are ours.
        tasks = {pid: Path(f"/proc/{pid}/task/{pid}/schedstat") for pid in (one, two)}
        before = {pid: turn(path) for pid, path in tasks.items()}
        while sum(turn(path).ran_ns for path in tasks.values()) < 300_000_000 + sum(
            each.ran_ns for each in before.values()
        ):
            pass
        seen = between(before, {pid: turn(path) for pid, path in tasks.items()})
    assert seen.waited_ns > 0.7 * seen.ran_ns  # At least: others may want the CPU, too.


def turn(path: Path) -> Turn:
    found = run_queue._turn(path.parent)
    assert found is not None
    return found


def test_threads_of_others_are_looked_at_and_ours_are_not() -> None:
    assert os.getpid() not in others_turns()
    assert os.getppid() in others_turns()


def test_of_many_threads_the_same_ones_are_looked_at(tmp_path: Path) -> None:
    stat = "7 (x) S 1 " + " ".join(["0"] * 40)
    for tid in (7, *range(1_000, 2_000)):
        task = tmp_path / "7/task" / str(tid)
        task.mkdir(parents=True)
        (task / "schedstat").write_text("5 6 7\n")
    (tmp_path / "7/stat").write_text(stat)
    found = others_turns(tmp_path)
    assert len(found) <= run_queue.MOST_THREADS
    assert found == others_turns(tmp_path)
    assert set(found.values()) == {Turn(5, 6)}


def test_a_stranger_connects_and_leaves_no_socket() -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    with Stranger() as stranger:
        took = [stranger.connect_ns() for _ in range(3)]
        assert all(0 < each < PATIENCE_NS for each in took)
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_a_connection_that_is_not_made_took_as_long_as_is_waited() -> None:
    with Stranger() as stranger:
        stranger._listener.close()
        assert stranger.connect_ns() == PATIENCE_NS
