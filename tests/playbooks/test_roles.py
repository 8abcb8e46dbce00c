"""What every role promises, read from its files; no host is touched."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.playbooks.playing import REPOSITORY, play
from tests.playbooks.role_tables import variables_table, with_table

ROLES = sorted((REPOSITORY / "playbooks/roles").iterdir())
PLAYBOOKS = ["bench.yml", *(f"playbooks/{p.name}" for p in REPOSITORY.glob("playbooks/*.yml"))]


def read(path: Path) -> dict:
    return yaml.safe_load(path.read_text())


def tasks(role: Path) -> list[dict]:
    found = [task for path in sorted(role.glob("tasks/*.yml")) for task in read(path)]
    for task in found:  # Blocks are added to the list while it is walked.
        for part in ("block", "rescue", "always"):
            found.extend(task.get(part, []))
    return found


def role_calls(content: Any) -> list[dict]:
    """Every call of a role in a playbook, at whatever depth."""
    if isinstance(content, list):
        return [call for item in content for call in role_calls(item)]
    if not isinstance(content, dict):
        return []
    calls = [content[key] for key in content if key.endswith(("import_role", "include_role"))]
    return calls + [call for value in content.values() for call in role_calls(value)]


def test_every_playbook_parses() -> None:
    outcome = play(*PLAYBOOKS, mode="--syntax-check")
    assert outcome.returncode == 0, outcome.output


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
class TestRole:
    def test_has_a_readme_with_its_name(self, role: Path) -> None:
        assert (role / "README.md").read_text().startswith(f"# {role.name}\n")

    def test_readme_has_the_table_of_its_variables(self, role: Path) -> None:
        readme = role / "README.md"
        wanted = with_table(readme.read_text(), variables_table(role))
        if os.environ.get("UPDATE_GOLDEN"):
            readme.write_text(wanted)
        assert readme.read_text() == wanted, f"{readme} differs; if meant, UPDATE_GOLDEN=1"

    def test_documents_exactly_the_variables_that_have_a_default(self, role: Path) -> None:
        specs = read(role / "meta/argument_specs.yml")["argument_specs"]
        assert set(specs["main"]["options"]) == set(read(role / "defaults/main.yml"))
        for option in specs["main"]["options"].values():
            assert option["description"]

    def test_documents_every_entry_point_that_playbooks_use(self, role: Path) -> None:
        specs = read(role / "meta/argument_specs.yml")["argument_specs"]
        for playbook in REPOSITORY.glob("playbooks/*.yml"):
            for call in role_calls(read(playbook)):
                if call["name"] == role.name:
                    assert call.get("tasks_from", "main") in specs

    def test_names_its_variables_after_itself(self, role: Path) -> None:
        for name in read(role / "defaults/main.yml"):
            assert name.startswith(f"{role.name}_")

    def test_main_is_a_table_of_contents(self, role: Path) -> None:
        for task in read(role / "tasks/main.yml"):
            assert set(task) - {"when"} in (
                {"name", "ansible.builtin.import_tasks"},
                {"name", "ansible.builtin.include_tasks"},
            )

    def test_uses_only_builtin_modules(self, role: Path) -> None:
        for task in tasks(role):
            modules = [key for key in task if "." in key]
            assert len(modules) == (0 if "block" in task else 1), task["name"]
            assert all(module.startswith("ansible.builtin.") for module in modules), task["name"]


def test_every_role_and_every_fact_is_known_to_whoever_judges_names() -> None:
    """The role check refuses a variable with a role's prefix that it does not know."""
    known = read(REPOSITORY / "playbooks/roles/check/vars/main.yml")
    assert known["__check_roles"] == [role.name for role in ROLES]
    prefixes = tuple(f"{name}_" for name in (*known["__check_roles"], "fleet"))
    options = {name for role in ROLES for name in read(role / "defaults/main.yml")}
    names = options | {*known["__check_facts"], *known["__check_fleet_names"]}
    files = [*REPOSITORY.glob("playbooks/**/*.yml"), REPOSITORY / "bench.yml"]
    facts = {name for path in files for name in facts_set(read(path))}
    assert "fleet_trouble" in facts
    assert {name for name in facts if name.startswith(prefixes)} <= names


def facts_set(content: Any) -> set[str]:
    """Names of facts that a file sets, at whatever depth."""
    if isinstance(content, list):
        return {name for item in content for name in facts_set(item)}
    if not isinstance(content, dict):
        return set()
    found = set(content.get("ansible.builtin.set_fact", {}))
    return found.union(*(facts_set(value) for value in content.values()))
