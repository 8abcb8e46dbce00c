"""Watching the runs of many hosts: a look that hangs at one keeps nobody else waiting."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
import yaml

from tests.playbooks.playing import REPOSITORY
from tests.playbooks.typed import typed

ROLE = REPOSITORY / "playbooks/roles/run"
GOES_ON = """
cd "$(dirname "$0")"
echo look >>looks
state=running
[ "$(wc -l <looks)" -lt 3 ] || state=finished
printf '<<<job\\n%s\\n/runs/r1\\ntrial 4 of 4\\njob>>>\\n' "$state"
"""
HANGS = """
cd "$(dirname "$0")"
echo $$ >>pids
exec sleep 3600
"""
"""As a host does that died after the connection was made."""
ENDED = "{{ inventory_hostname }}: path '{{ __run_path }}', {{ __run_lost }} looks lost."


@contextmanager
def ended(pids: Path) -> Iterator[None]:
    """End what is left of looks after the block: each became the process that it wrote down."""
    try:
        yield
    finally:
        for pid in pids.read_text().split() if pids.exists() else []:
            with suppress(ProcessLookupError):
                os.kill(int(pid), 9)


@pytest.mark.timeout(600)
def test_a_look_that_hangs_is_given_up_and_the_others_are_watched_on(tmp_path: Path) -> None:
    shutil.copytree(ROLE, tmp_path / "roles/run")
    poll = tmp_path / "roles/run/tasks/poll.yml"
    assert poll.read_text().count("timeout: 60") == 1
    poll.write_text(poll.read_text().replace("timeout: 60", "timeout: 2"))
    hosts = {}
    for name, script in (("well", GOES_ON), ("dead", HANGS)):
        job = tmp_path / name / "none/job.sh"
        job.parent.mkdir(parents=True)
        job.write_text(script)
        hosts[name] = {"run_job_path": str(tmp_path / name)}
    common = {
        "ansible_connection": "local",
        "ansible_python_interpreter": "/usr/bin/python3",
        "run_poll_seconds": 0,
        "run_keep_polls": 5,
        "run_lost_polls": 1,
    }
    inventory = {"all": {"hosts": hosts, "vars": common}}
    (tmp_path / "hosts.yml").write_text(yaml.safe_dump(inventory))
    begin = {"__run_over": False, "__run_lost": 0, "__run_path": ""}
    watch = {"name": "run", "tasks_from": "watch"}
    tasks = [
        {"name": "Begin to watch", "ansible.builtin.set_fact": begin},
        {"name": "Watch", "ansible.builtin.include_role": watch},
        {"name": "Show", "ansible.builtin.debug": {"msg": ENDED}},
    ]
    play = {"name": "p", "hosts": "all", "gather_facts": False, "tasks": tasks}
    (tmp_path / "play.yml").write_text(yaml.safe_dump([play]))
    with ended(tmp_path / "dead/none/pids"):
        roles = {"ANSIBLE_ROLES_PATH": str(tmp_path / "roles")}
        outcome = typed("-i", "hosts.yml", "play.yml", folder=tmp_path, **roles)
    assert outcome.returncode == 0, outcome.output
    assert "well: path '/runs/r1', 0 looks lost." in outcome.words, outcome.output
    assert "dead: path '', 2 looks lost." in outcome.words, outcome.output
