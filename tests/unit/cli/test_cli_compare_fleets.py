"""``bench compare`` with folders of fleet runs."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from bench.cli.main import cli
from bench.errors import UsageError
from bench.record import RunHeader, TrialRecord
from bench.store import RunFolder

Captured = pytest.CaptureFixture[str]
MakeFleet = Callable[..., str]


def compare(*words: str) -> int:
    return int(cli.main(args=["compare", *words], prog_name="bench", standalone_mode=False))


@pytest.fixture
def make_fleet(
    tmp_path: Path, header: RunHeader, make_record: Callable[..., TrialRecord]
) -> MakeFleet:
    """A fleet run on disk: p50 by host, None for a host without a run."""

    def make(name: str, hosts: Mapping[str, int | None]) -> str:
        folder = tmp_path / name
        for host, p50_ns in hosts.items():
            if p50_ns is not None:
                own = replace(
                    header, run_id=f"{name}-{host}", host={"hostname": host}, finished="x"
                )
                run = RunFolder.create(folder / host, own)
                for trial in range(1, 9):
                    run.append(make_record(trial, p50_ns=p50_ns + trial))
        content = {"format": 1, "fleet_id": name, "started": "x", "finished": None, "sweep": "s"}
        entries = {host: {"variables": {}, "trouble": None} for host in hosts}
        (folder / "fleet.json").write_text(json.dumps(content | {"hosts": entries}))
        return str(folder)

    return make


def test_hosts_and_the_whole_are_shown(make_fleet: MakeFleet, capsys: Captured) -> None:
    base = make_fleet("base", {"a": 5_000, "b": 50_000})
    assert compare(base, make_fleet("same", {"a": 5_000, "b": 50_000})) == 0
    assert compare(base, make_fleet("slow", {"a": 5_000, "b": 90_000})) == 1
    out = capsys.readouterr().out
    assert "Host b" in out and "All hosts together" in out
    assert "2 hosts compared; together" in out


@pytest.mark.parametrize(("fail_on", "code"), [("worse", 4), ("never", 0)])
def test_a_host_of_one_fleet_only_is_no_success(
    make_fleet: MakeFleet, fail_on: str, code: int, capsys: Captured
) -> None:
    base = make_fleet("base", {"a": 5_000, "b": 5_000})
    new = make_fleet("new", {"a": 5_000, "b": None, "c": 5_000})
    assert compare(base, new, "--fail-on", fail_on) == code
    out = capsys.readouterr().out
    assert "NOT ANSWERED: b: no record in NEW" in out
    assert "NOT ANSWERED: c: not in BASE" in out


def test_a_host_whose_run_is_empty_is_not_answered_and_the_others_are(
    make_fleet: MakeFleet, capsys: Captured
) -> None:
    base = make_fleet("base", {"a": 5_000, "b": 5_000})
    new = make_fleet("new", {"a": 5_000, "b": 5_000})
    (trials,) = Path(new).glob("b/*/trials.jsonl")
    trials.write_text("")
    assert compare(base, new) == 4
    out = capsys.readouterr().out
    assert "NOT ANSWERED: b: no record in NEW" in out and "1 host compared" in out


def test_json_is_one_document_and_markdown_the_same(
    make_fleet: MakeFleet, capsys: Captured
) -> None:
    fleets = make_fleet("base", {"a": 5_000}), make_fleet("new", {"a": 9_000, "b": 1})
    assert compare(*fleets, "--json") == 1
    document = json.loads(capsys.readouterr().out)
    assert (document["base"], document["new"]) == ("base", "new")
    assert document["hosts"]["a"]["summary"]["worse"] >= 1
    assert document["not_answered"] == [{"host": "b", "why": "not in BASE"}]
    assert compare(*fleets, "--markdown") == 1
    assert "NOT ANSWERED: b: not in BASE" in capsys.readouterr().out


def test_a_fleet_and_a_run_are_refused_with_what_to_give(make_fleet: MakeFleet) -> None:
    fleet = make_fleet("base", {"a": 5_000})
    (run,) = Path(fleet).glob("a/*")
    with pytest.raises(UsageError, match="one is a fleet run") as caught:
        compare(fleet, str(run))
    assert "FLEET/HOST/RUN" in caught.value.remedy
