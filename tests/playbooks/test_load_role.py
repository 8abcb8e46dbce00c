"""How the role load has the load host reached: as Ansible itself reaches it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from tests.playbooks.playing import REPOSITORY
from tests.playbooks.typed import typed

ROLE = REPOSITORY / "playbooks/roles/load"
CASES: tuple[tuple[dict[str, Any], str, str, str], ...] = (
    ({"ansible_host": "192.0.2.21"}, "carol@192.0.2.21", "192.0.2.21", "carol"),
    ({}, "carol@load1", "load1", "carol"),
    ({"ansible_host": "2001:db8::21"}, "carol@2001:db8::21", "2001:db8::21", "carol"),
    (
        {"ansible_host": "192.0.2.21", "ansible_port": 2222},
        "ssh://carol@192.0.2.21:2222",
        "[192.0.2.21]:2222",
        "carol",
    ),
    (
        {"ansible_host": "2001:db8::21", "ansible_port": 2222},
        "ssh://carol@[2001:db8::21]:2222",
        "[2001:db8::21]:2222",
        "carol",
    ),
)
"""What the inventory says of the load host; its destination, its name in known_hosts, the user."""


def test_user_address_and_port_are_those_that_ansible_uses(tmp_path: Path) -> None:
    plays = []
    for number, (known, destination, known_as, account) in enumerate(CASES):
        name = f"load1_{number}"
        variables = {
            "load_host": name,
            # As the load host answers: whoever logs in there, by -u, ansible_user or ansible.cfg.
            "__load_login": {"ansible_facts": {"ansible_user_id": "carol"}},
        }
        host = {"ansible_host": "load1", **known}
        that = [
            f"load_destination == '{destination}'",
            f"__load_known_as == '{known_as}'",
            f"__load_account == '{account}'",
        ]
        tasks = [
            {"name": "A load host", "ansible.builtin.add_host": {"name": name, **host}},
            # Of the task, because variables of files go before those of a play.
            {"name": str(known), "ansible.builtin.assert": {"that": that}, "vars": variables},
        ]
        play = {"name": name, "hosts": "localhost", "gather_facts": False}
        files = [str(ROLE / "defaults/main.yml"), str(ROLE / "vars/main.yml")]
        plays.append(play | {"vars_files": files, "tasks": tasks})
    playbook = tmp_path / "load.yml"
    playbook.write_text(yaml.safe_dump(plays))
    outcome = typed(playbook, folder=tmp_path)
    assert outcome.returncode == 0, outcome.output


def test_an_account_that_is_named_counts_more(tmp_path: Path) -> None:
    """Also the one that ssh takes if none is named: a runner is root."""
    files = [str(ROLE / "defaults/main.yml"), str(ROLE / "vars/main.yml")]
    tasks = [
        {
            "name": destination,
            "vars": {"load_destination": destination},
            "ansible.builtin.assert": {"that": f"__load_account == '{account}'"},
        }
        for destination, account in (("dave@there", "dave"), ("there", "root"))
    ]
    play = {"name": "p", "hosts": "localhost", "gather_facts": False, "vars_files": files}
    playbook = tmp_path / "load.yml"
    playbook.write_text(yaml.safe_dump([play | {"tasks": tasks}]))
    outcome = typed(playbook, folder=tmp_path)
    assert outcome.returncode == 0, outcome.output
