from __future__ import annotations

import os
from pathlib import Path

import pytest

from bench.fleet.caller import Caller, caller, lives
from tests.running import running

PLAY = "/venv/bin/python\0/venv/bin/ansible-playbook\0-e\0sweep=my file.yaml\0bench.yml\0"
WORDS = ("/venv/bin/ansible-playbook", "-e", "sweep=my file.yaml", "bench.yml")
LINES = {
    40: (30, "bench\0fleet\0begin\0"),
    30: (20, "/bin/sh\0-c\0ansible-playbook is what it says\0"),
    20: (15, PLAY),  # A fork of the play, which ends with its task.
    15: (10, PLAY),
    10: (1, "bash\0"),
}


@pytest.fixture
def proc(tmp_path: Path) -> Path:
    for pid, (parent, line) in LINES.items():
        (tmp_path / str(pid)).mkdir()
        (tmp_path / str(pid) / "cmdline").write_text(line)
        (tmp_path / str(pid) / "stat").write_text(f"{pid} (a) b) S {parent} {'1 ' * 17}{pid}00 1")
        (tmp_path / str(pid) / "cwd").symlink_to("/there")
    return tmp_path


def test_the_nearest_ancestor_is_found_and_not_a_fork_of_it(proc: Path) -> None:
    assert caller("ansible-playbook", 40, proc) == Caller(15, 1500, WORDS, "/there")
    assert caller("nothing", 40, proc) is None


def test_a_command_with_a_secret_is_not_kept(proc: Path) -> None:
    (proc / "15/cmdline").write_text("ansible-playbook\0-e\0ansible_become_password=x\0")
    assert caller("ansible-playbook", 40, proc) == Caller(15, 1500, (), "/there")


def test_a_play_that_is_process_1_of_a_container_is_found(proc: Path) -> None:
    """It has no parent to look at."""
    (proc / "20/stat").write_text(f"20 (a) S 1 {'1 ' * 17}2000 1")
    (proc / "1").mkdir()
    (proc / "1/cmdline").write_text(PLAY)
    (proc / "1/stat").write_text(f"1 (a) S 0 {'1 ' * 17}100 1")
    (proc / "1/cwd").symlink_to("/inside")
    assert caller("ansible-playbook", 40, proc) == Caller(1, 100, WORDS, "/inside")
    assert caller("nothing", 40, proc) is None
    assert lives(1, 100, proc)


def test_a_process_lives_until_it_ends_and_another_has_not_its_begin() -> None:
    with running(["sleep", "infinity"]) as child:
        stat = Path(f"/proc/{child.pid}/stat").read_text()
        started = int(stat.rpartition(")")[2].split()[19])
        assert lives(child.pid, started)
        assert not lives(child.pid, started + 1)
        child.kill()
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        assert not lives(child.pid, started), "it has ended, and nobody has waited for it"
    assert not lives(child.pid, started)
