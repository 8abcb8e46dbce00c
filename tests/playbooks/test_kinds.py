"""Mistakes of a kind that must not come back, looked for in every role and playbook."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.playbooks.playing import REPOSITORY
from tests.playbooks.typed import typed

ROLES = sorted((REPOSITORY / "playbooks/roles").iterdir())
PLAYBOOKS = [REPOSITORY / "bench.yml", *sorted(REPOSITORY.glob("playbooks/*.yml"))]
TASKS = sorted(REPOSITORY.glob("playbooks/roles/*/tasks/*.yml"))
YES, NO = ("true", "yes", "1", "True", 1, True), ("false", "no", "0", "False", 0, False)
SWITCHES = ("fleet_new", "fleet_judged_later", "fleet_force")


def nested(content: Any) -> Iterator[dict[str, Any]]:
    """Every task, block and play, at whatever depth."""
    if isinstance(content, list):
        for item in content:
            yield from nested(item)
    elif isinstance(content, dict):
        yield content
        for key in ("tasks", "block", "rescue", "always", "pre_tasks", "post_tasks"):
            yield from nested(content.get(key, []))


def switches() -> list[tuple[str, str]]:
    """(role, name) of every boolean variable of a role."""
    found = []
    for role in ROLES:
        specs = yaml.safe_load((role / "meta/argument_specs.yml").read_text())["argument_specs"]
        options = specs["main"]["options"].items()
        found += [(role.name, name) for name, option in options if option["type"] == "bool"]
    return found


def test_roles_have_switches() -> None:
    assert {("host", "host_dev"), ("host", "host_untested"), ("run", "run_fleet")} <= set(
        switches()
    )


def test_every_switch_takes_what_people_type(tmp_path: Path) -> None:
    """Each role turns it into a boolean at one place, vars/main.yml, and uses that."""
    plays = []
    for role, name in switches():
        folder = REPOSITORY / "playbooks/roles" / role
        tasks = [
            {
                "name": f"{name}={value!r}",
                "ansible.builtin.assert": {"that": f"__{name} is sameas {expected}", "quiet": True},
                "vars": {name: value},
            }
            for values, expected in ((YES, "true"), (NO, "false"))
            for value in values
        ]
        files = [str(folder / "defaults/main.yml"), str(folder / "vars/main.yml")]
        play = {"name": role, "hosts": "localhost", "gather_facts": False, "tasks": tasks}
        plays.append(play | {"vars_files": files, "vars": {"role_path": str(folder)}})
    playbook = tmp_path / "switches.yml"
    playbook.write_text(yaml.safe_dump(plays))
    outcome = typed(playbook, folder=tmp_path)
    assert outcome.returncode == 0, outcome.output
    assert f"ok={len(switches()) * len(YES + NO)} " in outcome.output


@pytest.mark.parametrize(("role", "name"), switches())
def test_a_switch_is_used_nowhere_else(role: str, name: str) -> None:
    folder = REPOSITORY / "playbooks/roles" / role
    used = re.compile(rf"\b(?<!__){name}\b(?!=)")
    for path in (*folder.glob("tasks/*.yml"), *folder.glob("templates/*")):
        for line in path.read_text().splitlines():
            assert not used.search(line.partition("#")[0]), f"{path}: {line}"


def test_switches_of_playbooks_take_what_people_type() -> None:
    for path in PLAYBOOKS:
        for line in path.read_text().splitlines():
            for name in SWITCHES:
                if re.search(rf"\b{name} \|", line):
                    assert "| bool" in line, f"{path}: {line}"


def test_nothing_is_delegated_to_a_name_that_may_be_empty() -> None:
    """delegate_to is templated before `when`: a file that names a host is only included."""
    for path in (*TASKS, *PLAYBOOKS):
        for task in nested(yaml.safe_load(path.read_text())):
            where = task.get("delegate_to", "localhost")
            if where != "localhost":
                assert _callers(path), (
                    f"{path} names {where}, and nothing includes it under a condition"
                )


def _callers(path: Path, seen: frozenset[Path] = frozenset()) -> bool:
    """Whether a file is reached only through an include with a condition."""
    calls = [
        (other, task)
        for other in path.parent.glob("*.yml")
        for task in nested(yaml.safe_load(other.read_text()))
        for key in ("ansible.builtin.include_tasks", "ansible.builtin.import_tasks")
        if task.get(key) == path.name
    ]
    return bool(calls) and all(
        (
            "ansible.builtin.include_tasks" in task
            and "load_host | length > 0" in str(task.get("when"))
        )
        or (other not in seen and _callers(other, seen | {path}))
        for other, task in calls
    )


def test_no_step_of_what_comes_last_keeps_another_from_being_done() -> None:
    """Each has a rescue of its own, in every `always`, and wherever something is restored."""
    lasts = [
        task
        for path in PLAYBOOKS
        for block in nested(yaml.safe_load(path.read_text()))
        for task in block.get("always", [])
    ]
    restore = yaml.safe_load((REPOSITORY / "playbooks/restore.yml").read_text())
    for play in restore:
        if play["name"].startswith("Restore"):
            assert play["ignore_unreachable"] and not play["gather_facts"], play["name"]
            lasts += play["tasks"]
    assert len(lasts) >= 10
    for task in lasts:
        assert "block" in task and "rescue" in task, task["name"]


@pytest.mark.parametrize(
    ("role", "entry", "step"),
    [("host", "restore", "restore_step"), ("load", "remove", "remove")],
    ids=["host", "load"],
)
def test_a_role_that_undoes_several_things_does_each_whatever_became_of_others(
    role: str, entry: str, step: str
) -> None:
    """Each step has a rescue, and what is left is judged behind the last one."""
    folder = REPOSITORY / f"playbooks/roles/{role}/tasks"
    tasks = yaml.safe_load((folder / f"{step}.yml").read_text())
    rescued = [task for task in tasks if "block" in task]
    assert rescued and all("rescue" in task for task in rescued)
    last = [task for task in yaml.safe_load((folder / f"{entry}.yml").read_text())][-2:]
    assert any("_left | length == 0" in str(task) for task in last), entry


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_a_role_finds_its_files_wherever_the_playbook_lies(role: Path) -> None:
    for path in role.rglob("*.yml"):
        assert "playbook_dir" not in path.read_text(), path
