"""A host measures with the controller's code or not at all, and gets it only where it differs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.playbooks.playing import REPOSITORY, Outcome, play


def tried(folder: Path, *tasks: dict[str, Any], **variables: Any) -> Outcome:
    """Play tasks on this machine, which change nothing on it, with these extra variables."""
    book = folder / "play.yml"
    book.write_text(json.dumps([{"hosts": "localhost", "gather_facts": False, "tasks": tasks}]))
    return play(str(book), **variables)


def test_a_host_with_other_code_than_the_controller_is_refused(tmp_path: Path) -> None:
    bench = tmp_path / "bench"
    bench.write_text("#!/bin/sh\necho 'bench, version 0.1.0 (sources aaaa, commit bbbb)'\n")
    bench.chmod(0o755)

    def asked(code: str) -> dict[str, Any]:
        role = {"name": str(REPOSITORY / "playbooks/roles/run"), "tasks_from": "command"}
        variables = {"run_bench_command": str(bench), "collect_run": {"code": code}}
        return {
            "ansible.builtin.include_role": role,
            "vars": variables | {"run_fleet": True, "run_sweep": "quick"},
        }

    outcome = tried(tmp_path, asked("aaaa"), asked("cccc"))
    assert outcome.returncode != 0
    assert "(sources aaaa, commit bbbb), the controller's has sources cccc." in outcome.words


def test_the_tool_of_a_load_host_is_not_replaced_under_a_run(tmp_path: Path) -> None:
    """Neither its wheel nor anything beside it."""
    tool = tmp_path / "opt"
    (tool / "venv/bin").mkdir(parents=True)
    (tool / "dependencies").mkdir()
    python, idle = tool / "venv/bin/python", tmp_path / "idle"
    python.write_text('#!/bin/sh\necho \'{"in_use": [4711], "ended": []}\'\n')
    idle.write_text(
        '#!/bin/sh\ncat >/dev/null\necho \'<<<tune {"wrong": [], "left": []} tune>>>\'\n'
    )
    for path in (python, idle):
        path.chmod(0o755)
    before = {path: path.lstat().st_mtime_ns for path in sorted(tool.rglob("*"))}
    role = {"name": str(REPOSITORY / "playbooks/roles/host"), "tasks_from": "install"}
    variables = {
        "host_tool_path": str(tool),
        "load_tool_path": str(tool),
        "__tune_python": [str(idle)],  # This machine may be measuring.
    }
    install = {"ansible.builtin.include_role": role}
    outcome = tried(tmp_path, install, **variables)
    assert outcome.returncode != 0
    refused = "this load host is in use, by the generator with pid 4711: wait until"
    assert refused in outcome.words, outcome.output
    assert {path: path.lstat().st_mtime_ns for path in sorted(tool.rglob("*"))} == before


@pytest.mark.parametrize(
    ("says", "code", "recap"),
    [
        ('{"strays": [{"pid": 4711, "ended": true}], "in_use": []}', 0, (0, 1)),
        ('{"strays": [], "in_use": []}', 0, (0, 0)),
        ("No module named bench.load.strays", 1, (0, 0)),
        ("error: cannot read /proc", 3, (2, 0)),
    ],
    ids=["one", "none", "an earlier version", "failed"],
)
def test_load_generators_whose_runner_is_gone_are_ended(
    tmp_path: Path, says: str, code: int, recap: tuple[int, int]
) -> None:
    python = tmp_path / "venv/bin/python"
    python.parent.mkdir(parents=True)
    stream = 2 if code else 1
    python.write_text(
        f"#!/bin/sh\necho \"$@\" >{tmp_path}/asked\necho '{says}' >&{stream}\nexit {code}\n"
    )
    python.chmod(0o755)
    role = {"name": str(REPOSITORY / "playbooks/roles/host"), "tasks_from": "strays"}
    end = {"ansible.builtin.include_role": role}
    outcome = tried(tmp_path, end, host_tool_path=str(tmp_path))
    assert (outcome.returncode, outcome.changed) == recap, outcome.output
    assert (tmp_path / "asked").read_text() == "-m bench.load.strays --end\n"


def test_only_other_sources_or_dependencies_are_installed(tmp_path: Path) -> None:
    names = REPOSITORY / "playbooks/roles/host/vars/main.yml"
    wanted = {"sources": "aaaa", "wheel": "new", "dependencies": "d"}
    built = {"wheel": {"sources": "aaaa", "sha256": "new"}, "dependencies": {"": {"sha256": "d"}}}
    cases = [
        (wanted, True),
        (wanted | {"wheel": "of another commit"}, True),
        (wanted | {"sources": "bbbb"}, False),
        (wanted | {"dependencies": "e"}, False),
        ({"wheel": "new", "dependencies": "d"}, False),
        ({}, False),
    ]
    checks = [
        {
            "ansible.builtin.assert": {
                "that": f"(__host_tool_installed == __host_tool_wanted) is sameas {same}"
            },
            "vars": {
                "__host_tool_read": {"stdout": json.dumps(installed) if installed else ""},
                "__host_wheelhouse": {"stdout": json.dumps(built)},
                "__host_python_key": "",
            },
        }
        for installed, same in cases
    ]
    outcome = tried(tmp_path, {"ansible.builtin.include_vars": str(names)}, *checks)
    assert outcome.returncode == 0, outcome.output


def test_wheels_of_earlier_versions_are_removed(tmp_path: Path) -> None:
    for name in ("bench-0.1.0.whl", "bench-0.9.0.whl", "bench-1.0.0.whl", "installed.json"):
        (tmp_path / name).touch()
    role = {"name": str(REPOSITORY / "playbooks/roles/host"), "tasks_from": "earlier"}
    built = {"wheel": {"path": "/elsewhere/bench-1.0.0.whl"}}
    remove = {"ansible.builtin.include_role": role, "vars": {"__host_built": built}}
    outcome = tried(tmp_path, remove, host_tool_path=str(tmp_path))
    assert outcome.returncode == 0, outcome.output
    left = sorted(path.name for path in tmp_path.iterdir() if path.name != "play.yml")
    assert left == ["bench-1.0.0.whl", "installed.json"]
