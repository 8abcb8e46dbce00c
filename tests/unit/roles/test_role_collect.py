"""``fleet.json``: when a fleet run is continued, and when another one is begun."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from bench.fleet.read import read_fleet


@pytest.fixture
def fleet_run(script: Callable[[str], ModuleType]) -> ModuleType:
    return script("collect/fleet_run")


def question(**changes: Any) -> dict[str, Any]:
    hosts = {"a": {"variables": {"rack": 1}}, "b": {"variables": {}}}
    asked = {"sweep": "quick", "arguments": [], "wheel_sha256": "w1", "new": False, "hosts": hosts}
    return asked | changes


def test_an_unfinished_fleet_run_is_continued(fleet_run: ModuleType, tmp_path: Path) -> None:
    first = fleet_run.begin(tmp_path, question())
    assert fleet_run.begin(tmp_path, question())["fleet_id"] == first["fleet_id"]
    assert fleet_run.begin(tmp_path, question(wheel_sha256=""))["fleet_id"] == first["fleet_id"]


@pytest.mark.parametrize(
    "changes", [{"sweep": "other"}, {"wheel_sha256": "w2"}, {"arguments": ["--x"]}, {"new": True}]
)
def test_what_measures_something_else_is_another_fleet_run(
    changes: dict[str, Any], fleet_run: ModuleType, tmp_path: Path
) -> None:
    first = fleet_run.begin(tmp_path, question())
    assert fleet_run.begin(tmp_path, question(**changes))["fleet_id"] != first["fleet_id"]


def test_a_sweep_file_that_changed_is_another_fleet_run(
    fleet_run: ModuleType, tmp_path: Path
) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("one")
    first = fleet_run.begin(tmp_path, question(sweep=str(file)))
    assert first["fleet_id"].endswith("-fleet-mine")
    file.write_text("two")
    assert fleet_run.begin(tmp_path, question(sweep=str(file)))["fleet_id"] != first["fleet_id"]


def test_it_is_finished_when_no_host_is_in_trouble(fleet_run: ModuleType, tmp_path: Path) -> None:
    path = Path(fleet_run.begin(tmp_path, question())["path"])
    assert fleet_run.end(path, {"troubles": {"a": "", "b": "dead"}})["finished"] is None
    assert [host.trouble for host in read_fleet(path).hosts] == ["", "dead"]
    assert fleet_run.end(path, {"troubles": {"a": "", "b": ""}})["finished"]
    assert fleet_run.begin(tmp_path, question())["path"] != str(path)
    assert json.loads((path / "fleet.json").read_text())["hosts"]["a"]["variables"] == {"rack": 1}
