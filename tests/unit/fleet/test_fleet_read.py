from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench.errors import BenchError, UsageError
from bench.fleet.model import State
from bench.fleet.read import fleet_of_runs, is_fleet, read_fleet
from tests.unit.fleet.conftest import MakeFleetFolder


def test_hosts_with_and_without_a_run(make_fleet_folder: MakeFleetFolder) -> None:
    folder = make_fleet_folder({"a": 3, "b": 2, "c": None})
    assert is_fleet(folder) and not is_fleet(folder / "a")
    fleet = read_fleet(folder)
    assert [(host.name, host.state) for host in fleet.hosts] == [
        ("a", "complete"),
        ("b", "partial"),
        ("c", State.NOT_MEASURED),
    ]
    assert fleet.hosts[0].variables == {"rack": "7"}
    assert fleet.hosts[2].trouble == ""


def test_a_record_cut_off_by_a_dying_host_is_told(make_fleet_folder: MakeFleetFolder) -> None:
    folder = make_fleet_folder({"a": 2})
    (trials,) = folder.glob("a/*/trials.jsonl")
    trials.write_bytes(trials.read_bytes() + b'{"format": 1, "tri')
    fleet = read_fleet(folder)
    assert "cut off" in fleet.warnings[0]
    assert sum(fleet.hosts[0].counts.values()) == 2


def test_runs_are_named_by_host_and_told_apart_by_run(make_fleet_folder: MakeFleetFolder) -> None:
    folder = make_fleet_folder({"a": 3, "b": 3})
    runs = sorted(file.parent for file in folder.glob("*/*/run.json"))
    assert [host.name for host in fleet_of_runs(runs).hosts] == ["a", "b"]
    twice = [host.name for host in fleet_of_runs([runs[0], runs[0]]).hosts]
    assert twice == [runs[0].name] * 2


def test_a_folder_without_a_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is not a run"):
        fleet_of_runs([tmp_path])


@pytest.mark.parametrize(
    ("change", "message"),
    [({"format": 2}, "has format 2, known are: 1"), ({"hosts": 3}, "is corrupted: hosts")],
)
def test_a_broken_file_is_named(
    change: dict, message: str, make_fleet_folder: MakeFleetFolder
) -> None:
    file = make_fleet_folder({"a": None}) / "fleet.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | change))
    with pytest.raises(BenchError, match=message):
        read_fleet(file.parent)
