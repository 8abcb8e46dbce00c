"""Hosts of which none answers: each playbook ends with their names, and what goes on.

Nothing listens on their port, so that a play of them takes seconds.
"""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.playbooks.playing import REPOSITORY
from tests.playbooks.typed import BENCH, typed

RESTORE = str(REPOSITORY / "playbooks/restore.yml")
SILENT = {"ansible_host": "127.0.0.1", "ansible_port": 1}


@pytest.mark.parametrize(
    ("playbook", "load"), [(BENCH, ["load1"]), (RESTORE, [])], ids=["bench", "restore"]
)
def test_each_is_named_with_the_command_that_goes_on(
    tmp_path: Path, playbook: str, load: list[str]
) -> None:
    groups = {"sut": ["a", "b"], "load": load}
    inventory = {g: {"hosts": dict.fromkeys(names, SILENT)} for g, names in groups.items()}
    (tmp_path / "fleet.yml").write_text(yaml.dump(inventory, Dumper=Plain))
    outcome = typed("-i", "fleet.yml", playbook, folder=tmp_path)
    assert outcome.returncode != 0
    last = " ".join(outcome.output.rpartition("PLAY [Say what could not")[2].split())
    for host in ("a", "b", *load):
        assert f"fatal: [{host}]: FAILED!" in last
        assert f"{host}: it d" in last  # It did not answer, or does not.
    assert f"ansible-playbook -i fleet.yml {playbook}" in last


def test_a_silent_load_host_leaves_the_others_and_is_named_last(
    provisioned: None, tmp_path: Path
) -> None:
    """The system under test is this machine, with a stand-in for bench."""
    run = tmp_path / "results/r1"
    run.mkdir(parents=True)
    (tmp_path / "bench").write_text(f'#!/bin/sh\necho \'{{"run_id": "r1", "path": "{run}"}}\'\n')
    (tmp_path / "bench").chmod(0o755)
    here = {"ansible_connection": "local", "ansible_host": "127.0.0.1"}
    groups = {"sut": {"hosts": {"here": here}}, "load": {"hosts": {"load1": SILENT}}}
    (tmp_path / "fleet.yml").write_text(yaml.safe_dump(groups))
    stand_in = f"run_bench_command={tmp_path}/bench"
    outcome = typed("-i", "fleet.yml", BENCH, "-e", stand_in, folder=tmp_path)
    assert outcome.returncode != 0
    assert f"Run r1 is in {run}" in outcome.words
    last = " ".join(outcome.output.rpartition("TASK [")[2].split())
    assert "Not provisioned: load1: it did not answer" in last
    assert f"ansible-playbook -i fleet.yml {BENCH}" in last


class Plain(yaml.SafeDumper):
    """Without references to what was written before."""

    def ignore_aliases(self, data: object) -> bool:
        return True
