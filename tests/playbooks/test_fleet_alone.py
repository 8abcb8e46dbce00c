"""One system under test and no load host, from another folder with an inventory of its own."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from bench.fleet.read import read_fleet
from tests.playbooks.fleets import settings, sweep_file
from tests.playbooks.lab import TEST_S, Lab
from tests.playbooks.playing import REPOSITORY, Outcome
from tests.playbooks.typed import BENCH, typed

pytestmark = pytest.mark.timeout(TEST_S)

RESTORE = str(REPOSITORY / "playbooks/restore.yml")
OWN = REPOSITORY / "docs/in-your-own-playbook.md"


@pytest.fixture(scope="module")
def elsewhere(fleet: Lab, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an inventory, as somebody has it who knows nothing of this checkout's."""
    folder = tmp_path_factory.mktemp("elsewhere")
    ssh = f"-o UserKnownHostsFile={fleet.folder}/known_hosts -o StrictHostKeyChecking=yes"
    host = {
        "ansible_host": "198.19.0.11",
        "ansible_user": "root",
        "ansible_ssh_private_key_file": f"{fleet.folder}/id",
        "ansible_ssh_common_args": ssh,
    }
    groups = {"sut": {"hosts": {"sut1": host}}, "load": None}
    (folder / "fleet.yml").write_text(yaml.safe_dump(groups))
    sweep_file(folder, "my", repeat=2, duration="300ms", load=False)
    return folder


def words(folder: Path, *more: str) -> list[str]:
    typed_in = ("sweep=my.yaml", "run_poll_seconds=1", f"collect_results_path={folder}/results")
    return ["-i", "fleet.yml", *more, *(word for text in typed_in for word in ("-e", text))]


def only_fleet(folder: Path, number: int = 0) -> Path:
    return sorted(file.parent for file in folder.glob("results/*/fleet.json"))[number]


@dataclass(frozen=True)
class Story:
    """Measured, and restored."""

    bench: Outcome
    folder: Path
    restore: Outcome
    left: str
    mounts: str


@pytest.fixture(scope="module")
def story(fleet: Lab, elsewhere: Path) -> Story:
    """No group `load` holds any host; switches are typed as text."""
    switches = ("-e", "host_dev=false", "-e", "tune_timer_migration=no")
    bench = typed(*words(elsewhere, BENCH, *switches), folder=elsewhere)
    assert bench.returncode == 0, bench.output
    restore = typed(*words(elsewhere, RESTORE), folder=elsewhere)
    left = fleet.run("sut1", "sh", "-c", "ls -d /run/bpf-timer-* /root/.ansible_async 2>&1; true")
    mounts = fleet.run("sut1", "cat", "/proc/mounts")
    return Story(bench, only_fleet(elsewhere), restore, left, mounts)


def test_both_end_well(before: dict[str, str], story: Story) -> None:
    assert story.restore.returncode == 0, story.restore.output
    assert settings() == before


def test_the_run_comes_home_and_the_fleet_run_is_finished(story: Story) -> None:
    (host,) = read_fleet(story.folder).hosts
    assert (host.name, host.state, host.trouble) == ("sut1", "complete", "")
    assert json.loads((story.folder / "fleet.json").read_text())["finished"]


def test_a_relative_sweep_is_found_where_it_was_typed_and_known_by_its_content(
    story: Story,
) -> None:
    assert json.loads((story.folder / "fleet.json").read_text())["sweep_sha256"]


def test_the_report_is_shown_line_by_line_without_our_ansible_cfg(story: Story) -> None:
    assert "| cell | sut1 |" in story.bench.output
    assert "\\n" not in story.bench.output


def test_nothing_is_warned_about(story: Story) -> None:
    for outcome in (story.bench, story.restore):
        assert "WARNING" not in outcome.output, outcome.output


def test_restoring_leaves_nothing_of_the_run(story: Story) -> None:
    assert "cannot access" in story.left and "/run/bpf-timer-bench\n" not in story.left
    assert " /sys/kernel/tracing " not in story.mounts


def test_the_documented_playbook_of_ones_own_measures(
    before: dict[str, str], fleet: Lab, elsewhere: Path, story: Story
) -> None:
    text = OWN.read_text()
    (playbook,) = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    (elsewhere / "mine.yml").write_text(playbook)
    roles = str(REPOSITORY / "playbooks/roles")
    outcome = typed(
        *words(elsewhere, "mine.yml", "-e", "fleet_new=true"),
        folder=elsewhere,
        ANSIBLE_ROLES_PATH=roles,
    )
    assert outcome.returncode == 0, outcome.output
    (host,) = read_fleet(only_fleet(elsewhere, -1)).hosts
    assert host.state == "complete"
    assert "| cell | sut1 |" in outcome.output
    assert settings() == before
