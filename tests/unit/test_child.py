from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from operator import not_
from pathlib import Path

import pytest

from bench.child import Child, CommandError
from tests.waiting import wait_until

PIPE = subprocess.PIPE
ECHO = ["cat"]


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


@pytest.fixture
def ignoring() -> Iterator[None]:
    """What ``nohup`` and a script's ``&`` do to the signals of a process."""
    before = {each: signal.signal(each, signal.SIG_IGN) for each in (signal.SIGINT, signal.SIGHUP)}
    yield
    for each, handler in before.items():
        signal.signal(each, handler)


def test_lines_go_to_and_fro() -> None:
    with Child(ECHO, stdin=PIPE, stdout=PIPE) as child:
        child.send(b"one\ntwo\n", "say")
        assert child.line("say", 10) == b"one"
        assert child.line("say", 10) == b"two"
        assert child.code is None


def test_each_of_several_threads_gets_the_answer_to_its_own_question() -> None:
    """Without turns one reads the answers of both, and the other waits for ever."""
    with Child(ECHO, stdin=PIPE, stdout=PIPE) as child, ThreadPoolExecutor(4) as pool:
        questions = [f"ask {number}" for number in range(2000)]
        assert list(pool.map(lambda each: child.asked(each, 10), questions)) == questions


def test_it_is_killed_and_reaped_with_its_whole_group() -> None:
    command = ["sh", "-c", "sleep 600 & echo $!; wait"]
    with Child(command, stdout=PIPE) as child:
        grandchild = int(child.line("its child", 10))
        assert alive(child.pid) and alive(grandchild)
        assert os.getpgid(grandchild) == child.pid != os.getpgid(0)
    wait_until("the grandchild's end", lambda: alive(grandchild), not_)
    assert not Path(f"/proc/{child.pid}").exists()


def test_it_is_gone_when_the_block_fails() -> None:
    with pytest.raises(KeyboardInterrupt), Child(["sleep", "600"]) as child:
        raise KeyboardInterrupt
    assert not Path(f"/proc/{child.pid}").exists()


def test_closing_twice_is_harmless() -> None:
    child = Child(["sleep", "600"])
    child.close()
    child.close()


def test_it_ignores_no_signal_that_we_ignore(ignoring: None) -> None:
    code = "import signal; signal.pause()"
    with Child(python(f"print('up', flush=True); {code}"), stdout=PIPE) as child:
        assert child.line("start", 30) == b"up"
        os.kill(child.pid, signal.SIGHUP)
        assert child.wait(10) == -signal.SIGHUP
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN


def test_it_hears_ctrl_c_where_we_do_not(ignoring: None) -> None:
    with Child(["sh", "-c", "echo up; exec sleep 600"], stdout=PIPE) as child:
        child.line("start", 10)
        os.kill(child.pid, signal.SIGINT)
        assert child.wait(10) == -signal.SIGINT


def test_one_that_cannot_be_started_is_named_and_leaves_nothing() -> None:
    before = os.listdir("/proc/self/fd")
    with pytest.raises(CommandError, match="cannot start the loop: No such file") as caught:
        Child(["/nosuch/tool", "7"], what="the loop", remedy="Install it")
    assert (caught.value.remedy, caught.value.detail) == ("Install it", "$ /nosuch/tool 7")
    assert len(os.listdir("/proc/self/fd")) == len(before)


def test_a_death_carries_command_code_stdout_and_stderr() -> None:
    command = ["sh", "-c", "printf half; echo complaint >&2; exit 7"]
    with (
        Child(command, what="the loop", stdout=PIPE) as child,
        pytest.raises(CommandError) as caught,
    ):
        child.line("ready", 10)
    assert caught.value.problem == f"the loop (pid {child.pid}) died at 'ready', exit code 7"
    assert caught.value.detail.startswith("$ sh -c ")
    assert "stdout:\nhalf\nstderr:\ncomplaint" in caught.value.detail


def test_one_that_does_not_answer_is_named() -> None:
    with (
        Child(["sleep", "600"], what="the loop", stdout=PIPE) as child,
        pytest.raises(
            CommandError,
            match=r"\(pid \d+\) does not answer: nothing came .* 'arm'",
        ),
    ):
        child.line("arm", 0.01)


def test_writing_to_a_dead_one_says_how_it_died() -> None:
    with Child(["false"], what="the loop", stdin=PIPE) as child:
        child.wait(10)
        with pytest.raises(CommandError, match="died at 'arm', exit code 1"):
            child.send(b"arm\n", "arm")
