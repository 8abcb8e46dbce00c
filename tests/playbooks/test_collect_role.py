"""How records come to the controller, whatever is missing on either side."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import yaml

from tests.playbooks.playing import REPOSITORY
from tests.playbooks.typed import typed

FLEET = "20260101T000000Z-fleet-quick"
RUN = "20260101T000000Z-host-quick"


def test_records_come_after_a_full_disk_here_and_a_reboot_there(tmp_path: Path) -> None:
    """What is no folder stands for a full disk: both are an exception of Ansible's own."""
    run = tmp_path / "results" / FLEET / RUN
    shutil.copytree(REPOSITORY / "tests/data/aa/base", run)
    (tmp_path / "full").write_text("")
    (tmp_path / "fleet").mkdir()

    def call(entry: str, folder: str) -> dict:
        fleet = {"fleet_id": FLEET, "path": str(tmp_path / folder)}
        role = {"name": "collect", "tasks_from": entry}
        given = {"collect_run": fleet, "__run_path": str(run)}
        return {"name": folder, "ansible.builtin.include_role": role, "vars": given}

    calls = [call("keep", "full"), call("keep", "kept"), call("main", "fleet")]
    play = {"name": "p", "hosts": "sut1", "gather_facts": False, "tasks": calls}
    (tmp_path / "play.yml").write_text(yaml.safe_dump([play]))
    host = {"ansible_connection": "local", "ansible_python_interpreter": "/usr/bin/python3"}
    (tmp_path / "hosts.yml").write_text(yaml.safe_dump({"sut": {"hosts": {"sut1": host}}}))
    there = {
        "run_results_path": str(tmp_path / "results"),
        "run_job_path": str(tmp_path / "emptied/by/a/reboot"),
    }
    outcome = typed(
        *("-i", "hosts.yml", "play.yml", "-e", json.dumps(there)),
        folder=tmp_path,
        ANSIBLE_ROLES_PATH=str(REPOSITORY / "playbooks/roles"),
    )
    assert outcome.returncode == 0, outcome.output
    kept, fetched = (tmp_path / folder / "sut1" / RUN for folder in ("kept", "fleet"))
    for name in ("run.json", "trials.jsonl"):
        assert (kept / name).read_bytes() == (run / name).read_bytes()
        assert (fetched / name).read_bytes() == (run / name).read_bytes()
    assert len(list(kept.iterdir())) == 2
