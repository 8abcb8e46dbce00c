"""How many systems under test measure at once, by what the inventory and the command line say."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.playbooks.playing import REPOSITORY
from tests.playbooks.typed import typed

SUTS = ("sut1", "sut2", "sut3")
CASES: dict[str, tuple[int, dict[str, Any], list[str], list[list[str]]]] = {
    "without load hosts": (0, {}, [], [["sut1", "sut2", "sut3"]]),
    "as many as load hosts": (2, {}, [], [["sut1", "sut2"], ["sut3"]]),
    # sut1 and sut3 have the same load host.
    "one with --limit": (2, {}, ["--limit=sut1,sut3"], [["sut1"], ["sut3"]]),
    "all with --limit and no load host": (0, {}, ["--limit=sut1,sut3"], [["sut1", "sut3"]]),
    "as asked for": (2, {"fleet_serial": 1}, [], [["sut1"], ["sut2"], ["sut3"]]),
}
"""Load hosts, variables of all hosts, further words; the systems of each batch."""


def measuring() -> dict[str, Any]:
    """The play of run.yml that measures, without what it does."""
    plays = yaml.safe_load((REPOSITORY / "playbooks/run.yml").read_text())
    (play,) = (play for play in plays if "serial" in play)
    return {key: play[key] for key in ("name", "hosts", "gather_facts", "serial")}


@pytest.mark.parametrize("case", CASES)
def test_batches_are_as_large_as_load_hosts_allow(tmp_path: Path, case: str) -> None:
    load_hosts, variables, words, expected = CASES[case]
    loads = [f"load{number}" for number in range(load_hosts)]
    groups = {"sut": dict.fromkeys(SUTS), "load": dict.fromkeys(loads)}
    inventory = {
        name: {"hosts": hosts, "vars": {"ansible_connection": "local"} | variables}
        for name, hosts in groups.items()
    }
    (tmp_path / "hosts.yml").write_text(yaml.safe_dump(inventory))
    shown = {"msg": "batch {{ ansible_play_batch | join(' ') }}."}
    task = {"name": "Show", "ansible.builtin.debug": shown, "run_once": True}
    # Ansible knows variables of hosts after the first play, which in run.yml is check.yml.
    first = {"name": "First", "hosts": "localhost", "gather_facts": False, "tasks": []}
    (tmp_path / "play.yml").write_text(yaml.safe_dump([first, measuring() | {"tasks": [task]}]))
    outcome = typed("-i", "hosts.yml", "play.yml", *words, folder=tmp_path)
    assert outcome.returncode == 0, outcome.output
    found = re.findall(r"batch ([a-z0-9 ]+)\.", outcome.output)
    assert [names.split() for names in found] == expected
