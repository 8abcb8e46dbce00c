"""Which generators are strays, by what /proc and ss show."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from bench.load.strays import QUIET_S, Process, all_processes, end, parse_quiet, stray
from tests.running import running

GENERATOR = ("/opt/tool/venv/bin/python", "-m", "bench.load.generator", "client")
INIT = Process(pid=1, parent=0, name="init", words=("/sbin/init",))
DAEMON = Process(pid=50, parent=1, name="sshd", words=("sshd: /usr/sbin/sshd -D",))
SESSION = Process(pid=60, parent=50, name="sshd", words=("sshd: root@notty",))
SHELL = Process(pid=61, parent=60, name="sh", words=("sh", "-c", "..."))
REMOTE = Process(pid=62, parent=61, name="python", words=GENERATOR)
RUNNER = Process(pid=70, parent=1, name="bench", words=("python", "-m", "bench", "run"))
LOCAL = Process(pid=71, parent=70, name="python", words=(*GENERATOR, "--parent", "70"))
ALL = {each.pid: each for each in (INIT, DAEMON, SESSION, SHELL, REMOTE, RUNNER, LOCAL)}
QUIET = {60: 4_000}


def without(*gone: Process) -> dict[int, Process]:
    return {pid: each for pid, each in ALL.items() if each not in gone}


def test_what_is_in_use_is_no_stray() -> None:
    assert stray(REMOTE, ALL, QUIET) is None
    assert stray(LOCAL, ALL, {}) is None


def test_a_link_that_was_cut_without_a_word() -> None:
    quiet = {60: 185_000, 50: 200_000}
    assert stray(REMOTE, ALL, quiet) == "nothing came over its connection for 185 s"
    assert stray(REMOTE, ALL, {60: QUIET_S * 1000}) is None


def test_an_ssh_connection_that_is_closed() -> None:
    assert stray(REMOTE, ALL, {}) == "its ssh connection is gone"


def test_a_session_that_was_killed() -> None:
    orphan = Process(pid=62, parent=1, name="python", words=GENERATOR)
    assert stray(orphan, without(SESSION, SHELL), {}) == "its parent is gone"


def test_a_runner_that_was_killed() -> None:
    assert stray(LOCAL, without(RUNNER), {}) == "its runner, pid 70, is gone"
    adopted = Process(pid=71, parent=1, name="python", words=LOCAL.words)
    assert stray(adopted, ALL, {}) == "its runner, pid 70, is gone"


def test_one_that_somebody_started_by_hand_is_left() -> None:
    by_hand = Process(pid=80, parent=81, name="python", words=GENERATOR)
    terminal = Process(pid=81, parent=1, name="bash", words=("bash",))
    assert stray(by_hand, ALL | {80: by_hand, 81: terminal}, {}) is None


@pytest.mark.parametrize(
    "words",
    [
        ("vim", "bench.load.generator", "client"),
        ("/bin/sh", "-m", "bench.load.generator", "client"),
        ("python3", "-m", "bench.load.generator"),
        ("python3", "-m", "bench.load.generators", "client"),
        ("python3", "-c", "-m bench.load.generator client"),
    ],
)
def test_others_are_no_generators(words: tuple[str, ...]) -> None:
    assert Process(pid=5, parent=1, name="x", words=words).role is None


def test_generators_have_a_role() -> None:
    assert REMOTE.role == "client"
    assert Process(pid=5, parent=1, name="x", words=(*GENERATOR[:3], "server")).role == "server"


def test_ss_is_read_with_and_without_a_line_of_details() -> None:
    text = (
        '0 0 10.0.0.1:22 10.0.0.2:4000 users:(("sshd",pid=60,fd=4),("sshd",pid=59,fd=4))\n'
        "\t cubic wscale:7,7 rto:204 lastsnd:10 lastrcv:4000 lastack:10\n"
        '0 0 10.0.0.1:22 10.0.0.2:4001 users:(("sshd",pid=59,fd=5))\n'
        "\t cubic rto:204 lastsnd:10 lastack:10\n"
        "0 0 10.0.0.1:80 10.0.0.2:4002\n"
    )
    assert parse_quiet(text) == {60: 4_000, 59: 0}


def test_only_the_very_process_that_was_judged_is_ended() -> None:
    with running([sys.executable, "-c", "print(flush=True); input()"], stdin=-1) as process:
        assert process.stdout is not None and process.stdout.readline() == "\n"
        (seen,) = (p for p in all_processes().values() if p.pid == process.pid)
        other = Process(pid=seen.pid, parent=1, name="python", words=GENERATOR)
        assert not end(other)
        assert process.poll() is None
        assert end(seen)
        assert process.wait(60) == -9
        assert not end(seen)


def test_a_process_that_ends_meanwhile_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "7").mkdir()
    assert all_processes(tmp_path) == {}
