"""How ssh is called where ansible.cfg is not read: a host that died without a word is noticed."""

from __future__ import annotations

import pytest
import yaml

from tests.playbooks.playing import REPOSITORY
from tests.playbooks.typed import typed

CHECK = str(REPOSITORY / "playbooks/check.yml")
ADDRESSES = {"sut1": "192.0.2.11", "sut2": "192.0.2.12", "load1": "192.0.2.21"}
OWN = "-o ServerAliveInterval=7"
"""What the inventory says of sut2."""


@pytest.fixture(scope="module")
def calls(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """Host -> command lines of the calls of ssh for it; a stand-in for ssh reaches nobody."""
    folder = tmp_path_factory.mktemp("connection")
    ssh, log = folder / "ssh", folder / "log"
    ssh.write_text(f'#!/bin/sh\necho "$*" >>{log}\nexit 255\n')
    ssh.chmod(0o755)
    hosts: dict[str, dict[str, str]] = {n: {"ansible_host": a} for n, a in ADDRESSES.items()}
    hosts["sut2"]["ansible_ssh_args"] = OWN
    load = {"load1": hosts.pop("load1")}
    groups = {"sut": {"hosts": hosts}, "load": {"hosts": load}}
    inventory = {"all": {"vars": {"ansible_ssh_executable": str(ssh)}, "children": groups}}
    (folder / "fleet.yml").write_text(yaml.safe_dump(inventory))
    variables = {"check_tags": ["run"], "check_groups": ["sut"]}
    tasks = [
        {"name": "Reach the host", "ansible.builtin.ping": None},
        {"name": "Reach the load host", "ansible.builtin.ping": None, "delegate_to": "load1"},
    ]
    reach = {"name": "p", "hosts": "sut", "gather_facts": False, "ignore_unreachable": True}
    plays = [
        {"name": "Check", "ansible.builtin.import_playbook": CHECK, "vars": variables},
        reach | {"tasks": tasks},
    ]
    (folder / "play.yml").write_text(yaml.safe_dump(plays))
    outcome = typed("-i", "fleet.yml", "play.yml", "--limit=sut", folder=folder)
    lines = log.read_text().splitlines() if log.exists() else []
    found = {name: [line for line in lines if a in line] for name, a in ADDRESSES.items()}
    assert all(found.values()), outcome.output
    return found


@pytest.mark.parametrize("host", ["sut1", "load1"])
def test_a_connection_to_a_dead_host_ends(calls: dict[str, list[str]], host: str) -> None:
    """Also one to a load host that --limit leaves out."""
    for line in calls[host]:
        assert "ServerAliveInterval=15" in line and "ServerAliveCountMax=3" in line


def test_what_the_inventory_says_counts_more(calls: dict[str, list[str]]) -> None:
    for line in calls["sut2"]:
        assert OWN in line and "ServerAliveInterval=15" not in line
