from __future__ import annotations

from pathlib import Path

import pytest

from bench.fleet.caller import calling_command

LINES = {
    40: (30, "bench\0fleet\0begin\0"),
    30: (20, "/bin/sh\0-c\0ansible-playbook is what it says\0"),
    20: (1, "/venv/bin/python\0/venv/bin/ansible-playbook\0-e\0sweep=my file.yaml\0bench.yml\0"),
}


@pytest.fixture
def proc(tmp_path: Path) -> Path:
    for pid, (parent, line) in LINES.items():
        (tmp_path / str(pid)).mkdir()
        (tmp_path / str(pid) / "cmdline").write_text(line)
        (tmp_path / str(pid) / "stat").write_text(f"{pid} (a) b) S {parent} 1 1")
    return tmp_path


def test_the_command_of_the_nearest_ancestor_is_found(proc: Path) -> None:
    found = calling_command("ansible-playbook", 40, proc)
    assert found == "/venv/bin/ansible-playbook -e 'sweep=my file.yaml' bench.yml"
    assert calling_command("nothing", 40, proc) is None


def test_a_command_with_a_secret_is_not_kept(proc: Path) -> None:
    (proc / "20/cmdline").write_text("ansible-playbook\0-e\0ansible_become_password=x\0")
    assert calling_command("ansible-playbook", 40, proc) is None
