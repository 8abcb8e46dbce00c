"""The helpers of tests that start processes, wait and draw lots."""

from __future__ import annotations

import ast
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from operator import not_
from pathlib import Path

import pytest

from tests.chance import VARIABLE, drawing
from tests.running import ended, members, running
from tests.waiting import lines_until, wait_until

DISPOSITIONS = (
    "import signal; print([int(signal.getsignal(number) == signal.SIG_IGN)"
    " for number in (signal.SIGINT, signal.SIGQUIT)])"
)
STUBBORN_FAMILY = (
    "import os, subprocess, signal\n"
    "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    "child = subprocess.Popen(['sleep', '600'], process_group=0)\n"
    "print(child.pid, flush=True)\n"
    "signal.pause()\n"
)


@pytest.fixture
def ignored() -> Iterator[None]:
    """As in a background job of a script."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGQUIT)}
    for number in before:
        signal.signal(number, signal.SIG_IGN)
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("ignored")
def test_a_process_has_ordinary_signals_where_the_test_run_ignores_them() -> None:
    plain = subprocess.run([sys.executable, "-c", DISPOSITIONS], capture_output=True, text=True)
    assert plain.stdout == "[1, 1]\n", "nothing to show: the fixture does not work"
    with running([sys.executable, "-c", DISPOSITIONS]) as process:
        assert ended(process)[0] == "[0, 0]\n"


@pytest.mark.usefixtures("ignored")
def test_it_can_be_interrupted() -> None:
    with running([sys.executable, "-c", "print(1, flush=True); input()"], stdin=-1) as process:
        assert process.stdout is not None and process.stdout.readline() == "1\n"
        process.send_signal(signal.SIGINT)
        ended(process)
    assert process.returncode == -signal.SIGINT


def test_an_assertion_that_fails_leaves_no_process() -> None:
    with pytest.raises(AssertionError, match="a test fails"):
        with running([sys.executable, "-c", STUBBORN_FAMILY]) as process:
            assert process.stdout is not None
            child = int(process.stdout.readline())
            assert members(process.pid) == {process.pid, child}
            assert os.getpgid(child) == child, "nothing to show: it is in its parent's group"
            raise AssertionError("a test fails")
    assert process.returncode == -signal.SIGKILL
    assert members(process.pid) == set()


def test_a_process_that_ended_by_itself_keeps_its_code() -> None:
    with running(["sh", "-c", "echo out; echo err >&2; exit 7"], stderr=subprocess.PIPE) as process:
        assert ended(process) == ("out\n", "err\n")
    assert process.returncode == 7


def test_a_process_that_does_not_end_shows_what_it_printed() -> None:
    with pytest.raises(AssertionError, match=r"still runs.*'?some'?"):
        with running(["sh", "-c", "echo some; sleep 600"]) as process:
            assert process.stdout is not None
            ended(process, seconds=0.5)


def called(path: Path) -> set[str]:
    """What a module calls, as it is written; programs in its strings are not its calls."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}


def test_no_test_starts_a_process_by_itself() -> None:
    """subprocess.run ends what it started; what runs beside a test is started by ``running``."""
    folder = Path(__file__).parents[1]
    starters = {"subprocess.Popen", "os.fork", "multiprocessing.Process"}
    found = [
        str(path.relative_to(folder))
        for part in ("unit", "browser", "kernel", "guest")
        for path in folder.glob(f"{part}/**/*.py")
        if path != Path(__file__) and starters & called(path)
    ]
    assert found == [], "use tests.running"


def test_waiting_returns_what_it_saw_and_names_what_did_not_come(tmp_path: Path) -> None:
    seen = iter([0, 1, 2, 3])
    assert wait_until("two", lambda: next(seen), lambda number: number == 2) == 2
    with pytest.raises(AssertionError, match=r"waited 0\.05 s for no files; seen last: \['a'\]"):
        (tmp_path / "a").touch()
        wait_until("no files", lambda: os.listdir(tmp_path), not_, seconds=0.05)


def test_a_line_that_does_not_come_shows_the_others() -> None:
    assert lines_until("rea", iter(["a\n", "ready\n", "b\n"]).__next__) == "a\nready\n"
    with pytest.raises(AssertionError, match=r"without 'ready': .*refused"):
        lines_until("ready", iter(["refused\n", ""]).__next__)


def test_random_choices_are_repeated_by_their_seed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    first = [drawing("a").random() for _ in range(2)]
    assert first[0] != first[1]
    seed = capsys.readouterr().out.splitlines()[1].rpartition("=")[2]
    monkeypatch.setenv(VARIABLE, seed)
    assert drawing("a").random() == first[1] != drawing("b").random()
