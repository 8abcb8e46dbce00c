"""``fleet.json``: when a fleet run is continued, measured, finished, and when a new one begins."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bench.errors import BenchError
from bench.fleet import question as question_module
from bench.fleet.book import Step, begin, finish, note
from bench.fleet.judge import complaints
from bench.fleet.question import QUESTION, Question
from bench.fleet.read import read_file, read_fleet
from bench.identity import Identity
from bench.reason import Code
from bench.record import RunHeader, Status, TrialRecord
from bench.store import RunFolder
from tests.running import running

Measure = Callable[..., None]


def question(**changes: Any) -> Question:
    asked = {
        "sweep": "quick",
        "sweep_sha256": None,
        "arguments": [],
        "new": False,
        "command": "ansible-playbook bench.yml",
        "hosts": {"a": {"variables": {"rack": 1}, "tuning": {}}, "b": {"tuning": {}}},
    }
    return QUESTION.validate_python(asked | changes)


@pytest.fixture
def measure(header: RunHeader, make_record: Callable[..., TrialRecord]) -> Measure:
    """Gives hosts of a fleet run a complete run; its trials have the status that is named."""

    def make(
        path: str, *hosts: str, status: Status = Status.OK, codes: Sequence[Code] = ()
    ) -> None:
        for host in hosts:
            whole = replace(header, run_id=f"run-{host}", trials_planned=1, finished="now")
            folder = RunFolder.create(Path(path) / host, whole)
            error = "no" if status is Status.FAILED else None
            record = make_record(1, status=status, error=error)
            folder.append(replace(record, codes=list(codes)))

    return make


def test_an_unfinished_fleet_run_is_continued(tmp_path: Path) -> None:
    first = begin(tmp_path, question())
    again = begin(tmp_path, question(command="ansible-playbook other.yml"))
    assert again.fleet_id == first.fleet_id
    assert read_fleet(Path(again.path)).command == "ansible-playbook other.yml"


def test_the_newest_unfinished_one_is_continued(tmp_path: Path) -> None:
    begin(tmp_path, question())
    newest = begin(tmp_path, question(new=True))
    assert begin(tmp_path, question()).fleet_id == newest.fleet_id


def test_none_is_continued_when_a_newer_one_of_its_kind_has_finished(
    tmp_path: Path, measure: Measure
) -> None:
    left = begin(tmp_path, question())
    newer = begin(tmp_path, question(new=True))
    measure(newer.path, "a", "b")
    note(Path(newer.path), {"a": "", "b": ""})
    assert finish(Path(newer.path)).step is Step.FINISHED
    assert begin(tmp_path, question()).fleet_id not in (left.fleet_id, newer.fleet_id)


def test_the_newest_of_one_second_has_the_highest_number(tmp_path: Path) -> None:
    found = [begin(tmp_path, question(new=True)) for _ in range(11)]
    for answer in found:
        file = Path(answer.path) / "fleet.json"
        file.write_text(json.dumps(json.loads(file.read_text()) | {"started": "the same"}))
    names = [answer.fleet_id for answer in found]
    assert begin(tmp_path, question()).fleet_id == max(names, key=lambda n: (len(n), n))


@pytest.mark.parametrize(
    "changes",
    [
        {"sweep": "other"},
        {"sweep_sha256": "another"},
        {"arguments": ["--x"]},
        {"new": True},
        {"hosts": {"a": {}}},
        {"hosts": {"a": {}, "b": {}, "c": {}}},
        {"hosts": {"a": {"tuning": {"tune_ksoftirqd": "fifo:10"}}, "b": {"tuning": {}}}},
        {"load": ["load1"]},
    ],
)
def test_what_measures_something_else_is_another_fleet_run(
    changes: dict[str, Any], tmp_path: Path
) -> None:
    first = begin(tmp_path, question())
    assert begin(tmp_path, question(**changes)).fleet_id != first.fleet_id


def test_a_host_that_a_play_leaves_out_is_tuned_as_before(tmp_path: Path) -> None:
    tuned = {"a": {"tuning": {"tune_governor": "performance"}}, "b": {"tuning": {}}}
    first = begin(tmp_path, question(hosts=tuned))
    some = begin(tmp_path, question(hosts={"a": {}, "b": {"tuning": {}}}, played=["b"]))
    assert some.fleet_id == first.fleet_id
    assert begin(tmp_path, question(hosts=tuned)).fleet_id == first.fleet_id
    untuned = {"a": {"tuning": {}}, "b": {"tuning": {}}}
    assert begin(tmp_path, question(hosts=untuned)).fleet_id != first.fleet_id


def test_two_plays_do_not_play_one_fleet_run(tmp_path: Path) -> None:
    with running(["sleep", "infinity"]) as sleep:
        stat = Path(f"/proc/{sleep.pid}/stat").read_text().rpartition(")")[2].split()
        alive = {"pid": sleep.pid, "started": int(stat[19])}
        first = begin(tmp_path, question(player=alive))
        assert begin(tmp_path, question(player=alive)).fleet_id == first.fleet_id
        second = {"pid": os.getpid(), "started": 1}
        with pytest.raises(BenchError, match=f"process {sleep.pid} is playing .*{first.fleet_id}"):
            begin(tmp_path, question(player=second))
    assert begin(tmp_path, question(player=second)).fleet_id == first.fleet_id


def test_what_two_plays_write_at_the_same_time_is_all_kept(tmp_path: Path) -> None:
    hosts = {f"h{number}": {"tuning": {}} for number in range(40)}
    path = Path(begin(tmp_path, question(hosts=hosts)).path)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda name: note(path, {name: f"{name} is dead"}), hosts))
    entries = read_file(path / "fleet.json").hosts
    assert {name: entry.trouble for name, entry in entries.items()} == {
        name: f"{name} is dead" for name in hosts
    }


def test_fleet_runs_begun_at_the_same_time_have_folders_of_their_own(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: begin(tmp_path, question(new=True)), range(16)))
    assert len({answer.fleet_id for answer in found}) == 16


def test_a_host_has_the_command_of_the_last_play_that_was_for_it(tmp_path: Path) -> None:
    begin(tmp_path, question(command="play", limited="play -l a", played=["a"]))
    again = begin(tmp_path, question(command="other", limited="other -l b", played=["b"]))
    found = read_fleet(Path(again.path))
    assert (found.command, [host.remedy for host in found.hosts]) == (
        "other",
        ["play -l a", "other -l b"],
    )
    all_of_them = read_fleet(Path(begin(tmp_path, question(command="all")).path))
    assert [host.remedy for host in all_of_them.hosts] == ["", ""]


def test_other_code_begins_another_fleet_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = begin(tmp_path, question())
    monkeypatch.setattr(question_module, "identity", lambda: Identity("0.1.0", "other", None, None))
    assert begin(tmp_path, question()).fleet_id != first.fleet_id


def test_a_record_of_another_version_is_left_alone(tmp_path: Path) -> None:
    first = begin(tmp_path, question())
    file = Path(first.path) / "fleet.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"format": 99}))
    assert begin(tmp_path, question()).fleet_id != first.fleet_id


def test_a_file_gives_the_fleet_run_its_name(tmp_path: Path) -> None:
    found = begin(tmp_path, question(sweep="/there/mine.yaml", sweep_sha256="s"))
    assert found.fleet_id.endswith("-fleet-mine")


def test_two_controllers_within_one_second_have_two_ids(tmp_path: Path) -> None:
    def name(folder: str) -> str:
        return begin(tmp_path / folder, question()).fleet_id.split("Z", 1)[1]

    assert name("a") != name("b")


def test_it_is_measured_when_every_host_has_all_its_records(
    tmp_path: Path, measure: Measure
) -> None:
    path = begin(tmp_path, question()).path
    measure(path, "a")
    assert note(Path(path), {"a": "", "b": "dead"}).step is Step.MEASURING
    assert [host.trouble for host in read_fleet(Path(path)).hosts] == ["", "dead"]
    assert note(Path(path), {"b": ""}).step is Step.MEASURING  # It has no record.
    measure(path, "b")
    assert note(Path(path), {"b": ""}).step is Step.MEASURED
    assert json.loads((Path(path) / "fleet.json").read_text())["hosts"]["a"]["variables"] == {
        "rack": 1
    }


def test_records_that_are_away_when_a_play_ends_are_a_trouble_until_the_next(
    tmp_path: Path, measure: Measure
) -> None:
    """As on a disk that was not there for some seconds: the judge must see what kept it open."""
    folder = Path(begin(tmp_path, question()).path)
    for host in ("a", "b"):
        measure(folder, host)
    (folder / "b").rename(folder / "away")
    assert note(folder, {"a": "", "b": ""}).step is Step.MEASURING
    (folder / "away").rename(folder / "b")
    assert finish(folder).step is Step.MEASURING
    (line,) = complaints(read_fleet(folder), {"a", "b"})
    assert line.startswith("b: it has no record.")
    assert note(folder, {"a": "", "b": ""}).step is Step.MEASURED
    assert complaints(read_fleet(folder), {"a", "b"}) == ()


def test_a_play_for_some_hosts_leaves_the_word_on_the_others(
    tmp_path: Path, measure: Measure
) -> None:
    """First --limit a, then --limit b: the fleet run is then measured."""
    path = begin(tmp_path, question()).path
    measure(path, "a")
    assert note(Path(path), {"a": ""}).step is Step.MEASURING
    assert [host.trouble for host in read_fleet(Path(path)).hosts] == ["", ""]
    assert begin(tmp_path, question()).path == path
    measure(path, "b")
    assert note(Path(path), {"b": ""}).step is Step.MEASURED


def test_a_trouble_stays_until_there_is_another_word(tmp_path: Path) -> None:
    path = begin(tmp_path, question()).path
    note(Path(path), {"b": "dead"})
    begin(tmp_path, question())
    assert read_fleet(Path(path)).hosts[1].trouble == "dead"


@pytest.mark.parametrize(
    ("status", "codes"),
    [(Status.FAILED, []), (Status.INVALID, [Code.DRIFT]), (Status.INVALID, [Code.FOREIGN])],
    ids=["failed", "drifted", "foreign traffic"],
)
def test_wanting_trials_keep_it_open_and_their_hosts_are_measured_again(
    status: Status, codes: list[Code], tmp_path: Path, measure: Measure
) -> None:
    path = begin(tmp_path, question()).path
    measure(path, "a")
    measure(path, "b", status=status, codes=codes)
    assert note(Path(path), {"a": "", "b": ""}).step is Step.MEASURING
    found = begin(tmp_path, question())
    assert (found.path, found.again) == (path, ("b",))


def test_it_is_finished_only_when_it_was_reported(tmp_path: Path, measure: Measure) -> None:
    path = begin(tmp_path, question()).path
    measure(path, "a", "b")
    assert finish(Path(path)).step is Step.MEASURING
    note(Path(path), {"a": "", "b": ""})
    found = begin(tmp_path, question())
    assert (found.path, found.step) == (path, Step.MEASURED)
    assert finish(Path(path)).step is Step.FINISHED
    assert begin(tmp_path, question()).path != path
