"""How the role load has the load host reached: as Ansible itself reaches it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from pwd import getpwnam
from typing import Any

import pytest
import yaml

from tests.playbooks.playing import REPOSITORY, Outcome
from tests.playbooks.typed import typed

ROLE = REPOSITORY / "playbooks/roles/load"
CONNECTIONS = Path(__file__).resolve().parent / "connections"
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


OWNED = "20260101T000000Z-fleet-quick"


@dataclass(frozen=True, slots=True)
class Keys:
    """This machine as a system under test and as its load host, with folders of the test's own."""

    folder: Path

    def play(self, entry: str, answers: dict[str, int] | None = None, **more: str) -> Outcome:
        """Call an entry point of the role.

        Args:
            entry: Its name.
            answers: Name of this machine -> how many commands its load host answers.
            more: Further variables; an empty one is left to the role.
        """
        tasks = [
            {"name": "p", "ansible.builtin.include_role": {"name": "load", "tasks_from": entry}},
            {"name": "End", "ansible.builtin.debug": {"msg": "it went well: {{ __load_keys }}"}},
        ]
        play = {"name": "p", "hosts": "sut", "gather_facts": False, "ignore_unreachable": True}
        (self.folder / "play.yml").write_text(yaml.safe_dump([play | {"tasks": tasks}]))
        (self.folder / "hosts.yml").write_text(self.inventory(answers or {"sut1": 1000}))
        (self.folder / "host.pub").write_text("ssh-ed25519 AAAA load1\n")
        variables = {
            "load_destination": "root@192.0.2.21",
            "load_addresses": ["192.0.2.11"],
            "load_host_key": str(self.folder / "host.pub"),
            "load_owner": OWNED,
            "__load_keys": str(self.keys),
        } | more
        given = {name: value for name, value in variables.items() if value}
        return typed(
            *("-i", "hosts.yml", "play.yml", "-e", json.dumps(given), "--forks=10"),
            folder=self.folder,
            ANSIBLE_ROLES_PATH=str(ROLE.parent),
            ANSIBLE_CONNECTION_PLUGINS=str(CONNECTIONS),
            ANSIBLE_PIPELINING="1",
            MORTAL_FOLDER=str(self.folder),
        )

    def inventory(self, answers: dict[str, int]) -> str:
        """Each name of this machine has a load host of its own."""
        suts, loads = {}, {}
        for name, number in answers.items():
            load, folder = f"load-{name}", str(self.folder / name)
            (self.folder / load).write_text(str(number))
            suts[name] = {
                "ansible_connection": "local",
                "load_host": load,
                "load_key_path": folder,
            }
            loads[load] = {"ansible_connection": "mortal", "ansible_host": load}
        python = {"ansible_python_interpreter": "/usr/bin/python3"}
        groups = {"sut": suts, "load": loads}
        return yaml.safe_dump({g: {"hosts": h, "vars": dict(python)} for g, h in groups.items()})

    @property
    def keys(self) -> Path:
        """What the load host accepts."""
        return self.folder / "ssh/authorized_keys"

    def identity(self) -> str:
        return (self.folder / "sut1" / OWNED / "id").read_text()


@pytest.fixture
def keys(root: None, tmp_path: Path) -> Keys:
    return Keys(tmp_path)


def test_a_key_that_a_running_run_may_use_stays(keys: Keys) -> None:
    first = keys.play("main")
    assert first.returncode == 0, first.output
    identity, line = keys.identity(), keys.keys.read_text()
    assert f" bpf-timer-bench-load/sut1/{OWNED}/" in line
    again = keys.play("main")
    assert again.returncode == 0, again.output
    assert (keys.identity(), keys.keys.read_text()) == (identity, line)


def test_a_key_is_this_machines_whatever_inventories_call_it(keys: Keys) -> None:
    """And a machine of the same name in another inventory keeps its own."""
    other = f"restrict ssh-ed25519 AAAA bpf-timer-bench-load/web1/{OWNED}/0123456789abcdef\n"
    keys.keys.parent.mkdir()
    keys.keys.write_text(other)
    assert keys.play("main").returncode == 0
    removed = keys.play("remove", answers={"web1": 1000}, load_owner="")
    assert removed.returncode == 0, removed.output
    assert keys.keys.read_text() == other


def test_keys_are_where_the_account_lives(keys: Keys) -> None:
    """Which need not be in /home: neither root nor an account of the system does."""
    for account in ("root", "games"):
        outcome = keys.play("reach", load_destination=f"{account}@192.0.2.21", __load_keys="")
        home = getpwnam(account).pw_dir
        assert f"it went well: {home}/.ssh/authorized_keys" in outcome.words, outcome.output


def test_one_key_at_a_time_is_added_or_removed(keys: Keys) -> None:
    """Two that change one file at once would undo each other's change."""
    answers = {"a": 1000, "b": 1000, "c": 1000}
    for entry, left in (("main", 3), ("remove", 0)):
        outcome = keys.play(entry, answers=answers)
        assert outcome.returncode == 0, outcome.output
        assert len(keys.keys.read_text().splitlines()) == left
    assert (keys.folder / "changing").exists(), "this Ansible calls the module in another way"
    assert not (keys.folder / "at_once").exists()


def test_a_load_host_that_falls_silent_meanwhile_is_named(keys: Keys) -> None:
    """Whichever of its answers is the last one: it is asked for six."""
    answers = {f"after{number}": number for number in range(7)}
    outcome = keys.play("main", answers=answers)
    assert outcome.returncode != 0
    for name in list(answers)[:-1]:
        assert f"load host load-{name} does not answer" in outcome.words
    assert outcome.output.count("it went well") == 1


def test_a_key_that_cannot_be_taken_from_the_load_host_is_removed_here(keys: Keys) -> None:
    assert keys.play("main").returncode == 0
    silent = keys.play("remove", answers={"sut1": 4})
    assert silent.returncode != 0
    assert "its key is still on the load host: load host load-sut1 does not answer" in silent.words
    assert not (keys.folder / "sut1" / OWNED).exists()
    assert OWNED in keys.keys.read_text()
    again = keys.play("remove")
    assert again.returncode == 0, again.output
    assert keys.keys.read_text() == ""
