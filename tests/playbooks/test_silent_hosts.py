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


class Plain(yaml.SafeDumper):
    """Without references to what was written before."""

    def ignore_aliases(self, data: object) -> bool:
        return True
