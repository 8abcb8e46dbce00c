"""All input is judged on the controller, before any host is touched.

No host of these inventories exists: a play that went on to one would say that it is unreachable.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.playbooks.playing import REPOSITORY, Outcome
from tests.playbooks.typed import BENCH, typed

NOWHERE = "192.0.2.1"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Somewhere else, with an inventory of one host that does not exist."""
    inventory(tmp_path, {"sut": {"nowhere": {}}})
    return tmp_path


def inventory(folder: Path, groups: dict[str, dict[str, dict[str, Any]] | None]) -> None:
    content = {
        group: {"hosts": {name: {"ansible_host": NOWHERE, **v} for name, v in hosts.items()}}
        if hosts is not None
        else None
        for group, hosts in groups.items()
    }
    (folder / "fleet.yml").write_text(yaml.safe_dump(content))


def refused(outcome: Outcome, *texts: str) -> None:
    """The play failed with these words, and touched nothing."""
    assert outcome.returncode != 0, outcome.output
    for text in texts:
        assert text in outcome.words, outcome.output
    assert "unreachable=1" not in outcome.output
    assert "Build the tool" not in outcome.output


@pytest.mark.parametrize("mode", [0o755, 0o777], ids=["elsewhere", "world-writable"])
def test_without_an_inventory_there_is_nothing_to_do(tmp_path: Path, mode: int) -> None:
    """A world-writable folder's ansible.cfg is ignored, and with it the inventory that it names."""
    if mode == 0o777:
        (tmp_path / "ansible.cfg").write_text(
            f"[defaults]\ninventory = {REPOSITORY}/inventory/localhost.yml\n"
        )
    tmp_path.chmod(mode)
    outcome = typed(BENCH, folder=tmp_path)
    refused(outcome, "no host in group sut", f"-i {REPOSITORY}/inventory/localhost.yml")


@pytest.mark.parametrize(
    "groups",
    [{"load": {"load1": {}}}, {"sut": None}, {"sut": {}, "load": {"load1": {}}}],
    ids=["no group", "null group", "empty group"],
)
def test_an_inventory_without_systems_is_refused(
    tmp_path: Path, groups: dict[str, dict[str, dict[str, Any]] | None]
) -> None:
    inventory(tmp_path, groups)
    outcome = typed("-i", "fleet.yml", BENCH, folder=tmp_path)
    refused(outcome, f"no host in group sut of the inventory ({tmp_path}/fleet.yml)")


def test_a_limit_that_leaves_no_system_is_refused(tmp_path: Path) -> None:
    inventory(tmp_path, {"sut": {"a": {}}, "load": {"load1": {}}})
    outcome = typed("-i", "fleet.yml", BENCH, "--limit", "load1", folder=tmp_path)
    refused(outcome, "--limit leaves no host of group sut")


@pytest.mark.parametrize(
    "words",
    [
        ("--tags", "load"),
        ("--tags", "tune,load"),
        ("--skip-tags", "provision,run,report,judge"),
        ("--tags", "run", "--skip-tags", "run"),
    ],
    ids=" ".join,
)
def test_tags_that_leave_nothing_to_do_are_refused(folder: Path, words: tuple[str, ...]) -> None:
    outcome = typed("-i", "fleet.yml", BENCH, *words, folder=folder)
    refused(outcome, "These tags leave nothing to do. Choose among provision, run,")


@pytest.mark.parametrize(
    "words", [("--skip-tags", "judge"), ("--tags", "run", "--skip-tags", "judge")]
)
def test_measuring_without_judging_is_refused(folder: Path, words: tuple[str, ...]) -> None:
    outcome = typed("-i", "fleet.yml", BENCH, *words, folder=folder)
    refused(outcome, "run and judge belong together")


def test_a_tag_that_does_not_exist_is_refused(folder: Path) -> None:
    outcome = typed("-i", "fleet.yml", BENCH, "--tags", "run,nosuch", folder=folder)
    refused(outcome, "There is no tag nosuch; there are provision, run,")


@pytest.mark.parametrize(
    ("sweep", "text", "why"),
    [
        ("nosuch", None, "cannot read sweep"),
        ("my.yaml", None, "cannot read sweep"),
        ("my.yaml", "cells: [{program: nosuch}]", "nosuch"),
        ("my.yaml", "cells: [{program: resident, map_size: 0}]", "map_size"),
    ],
)
def test_a_sweep_that_cannot_be_measured_is_refused(
    folder: Path, sweep: str, text: str | None, why: str
) -> None:
    if text:
        (folder / sweep).write_text(text)
    outcome = typed("-i", "fleet.yml", BENCH, "-e", f"sweep={sweep}", folder=folder)
    refused(outcome, why)
    if sweep.endswith(".yaml"):
        assert f"{folder}/my.yaml" in "".join(outcome.output.split())


@pytest.mark.parametrize(
    ("word", "why"),
    [
        (
            "run_poll_seconds=-2",
            "run_poll_seconds is -2: each must be a whole number of at least 1",
        ),
        ("run_keep_polls=0", "run_keep_polls is 0"),
        ("run_lost_polls=many", "run_lost_polls"),
        ("tune_timer_migration=7", "tune_timer_migration is '7'; it must be 0 or 1"),
        ("tune_ksoftirqd=fifo:500", "tune_ksoftirqd is 'fifo:500'"),
        ("tune_ksoftirqd=fifo", "tune_ksoftirqd is 'fifo'"),
        ("tune_irq_cpus=none", "tune_irq_cpus is 'none'"),
        ("host_untested=perhaps", "host_untested"),
        ("host_tool=magic", "host_tool"),
        ("load_host=nobody", "load_host is nobody, which the inventory does not have"),
        ("tune_governer=performance", "There is no variable tune_governer. Known are tune_bpf"),
        ("fleet_nwe=true", "There is no variable fleet_nwe"),
        (
            "judge_base=nosuch",
            "judge_base is nosuch, but there is neither a run nor",
        ),
        ("run_arguments=--repeat", "run_arguments is --repeat; it must be a list"),
        ('{"run_arguments": ["--repeet", "3"]}', "No such option '--repeet'"),
        ("fleet_new=perhaps", "fleet_new is perhaps; it must be true or false"),
        ("fleet_serial=0", "fleet_serial is 0; it must be a number of hosts, a percentage"),
        ("fleet_variables=rack", "fleet_variables is rack; it must be a list of names"),
    ],
)
def test_a_value_that_makes_no_sense_is_refused(folder: Path, word: str, why: str) -> None:
    outcome = typed("-i", "fleet.yml", BENCH, "-e", word, folder=folder)
    refused(outcome, why)


def test_names_of_ones_own_may_begin_like_those_of_a_role(tmp_path: Path) -> None:
    """Where they are named; the play then goes on to what is wrong besides."""
    given = {"host_rack": "left", "fleet_variables": ["host_rack"], "run_arguments": "wrong"}
    inventory(tmp_path, {"sut": {"a": given}})
    outcome = typed("-i", "fleet.yml", BENCH, folder=tmp_path)
    refused(outcome, "run_arguments is wrong")
    assert "There is no variable" not in outcome.words


def test_the_values_of_every_host_are_judged(tmp_path: Path) -> None:
    """Also one that is wrong for a single host of the inventory; no host is touched then."""
    hosts = {"good": {}, "bad": {"tune_governor": "Performance!"}}
    inventory(tmp_path, {"sut": hosts})
    outcome = typed("-i", "fleet.yml", BENCH, folder=tmp_path)
    refused(outcome, "fatal: [bad]", "tune_governor is 'Performance!'")


def test_a_load_host_is_to_connect_to_numbers(tmp_path: Path) -> None:
    hosts = {"a": {"ansible_host": "a.example.org"}}
    inventory(tmp_path, {"sut": hosts, "load": {"load1": {}}})
    outcome = typed("-i", "fleet.yml", BENCH, folder=tmp_path)
    refused(outcome, "load1 is to connect to a.example.org, which is a name")
