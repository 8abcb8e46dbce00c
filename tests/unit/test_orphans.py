"""Processes of tests that were killed are ended, and those of tests that go on are left."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from bench.host.owner import scratch_prefix
from tests.orphans import MARK, end_processes, ended, mark, processes
from tests.running import running
from tests.waiting import wait_until

SLEEPS = (sys.executable, "-c", "import time; time.sleep(600)")
SUITE = """
import subprocess, sys, time
from tests.orphans import mark
mark()
print(subprocess.Popen(sys.argv[1:], start_new_session=True).pid, flush=True)
time.sleep(600)
"""
"""A test run of its own, and what it starts: in another session, so that nothing ends it."""


@contextmanager
def a_suite() -> Iterator[tuple[subprocess.Popen[str], int]]:
    """Tests that go on, and the pid of a process of theirs."""
    own = {name: value for name, value in os.environ.items() if name != MARK}
    with running([sys.executable, "-c", SUITE, *SLEEPS], env=own) as suite:
        assert suite.stdout is not None
        yield suite, int(suite.stdout.readline())


def test_what_killed_tests_started_is_ended_and_nothing_else() -> None:
    with ExitStack() as stack:
        killed, orphan = stack.enter_context(a_suite())
        _, other = stack.enter_context(a_suite())
        wait_until("both programs", lambda: words(orphan) == words(other) != "")
        assert not processes() & {orphan, other}
        killed.kill()
        killed.wait()
        # Tests of somebody else that begin just now may end it, too.
        end_processes()
        wait_until("its end", lambda: not lives(orphan))
        assert lives(other)
    end_processes()  # Now the other tests are over, too.
    wait_until("its end", lambda: not lives(other))


def words(pid: int) -> str:
    """Of a program that has begun: its environment is the one that it was given."""
    return Path(f"/proc/{pid}/cmdline").read_text()


def lives(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"


def test_all_that_these_tests_start_is_theirs() -> None:
    assert mark() == os.environ[MARK]
    assert not ended(mark())


@pytest.mark.parametrize("text", ["", "bench", "bench-tests-", "else-1-2-3", "bench-tests-x-1-2"])
def test_what_is_no_mark_of_this_machine_is_left(text: str) -> None:
    assert not ended(text)


def test_a_number_that_another_process_has_now_says_nothing() -> None:
    long_ago = int(time.time()) - 86_400 * 365
    assert ended(f"{scratch_prefix('tests')}{long_ago}")
