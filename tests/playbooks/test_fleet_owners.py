"""A fleet that loses operators, links, disks and load hosts: the others go on, and it is told."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from bench.fleet.model import State
from bench.fleet.read import read_fleet
from bench.reason import Code
from bench.spec import Controls
from tests.playbooks.fleets import TUNED, settings, sweep_file
from tests.playbooks.lab import PLAY_S, PROVISIONED, SUTS, TEST_S, Lab, PlayInProgress
from tests.waiting import wait_until

pytestmark = pytest.mark.timeout(TEST_S)

RUN = "playbooks/run.yml"
JOB = "/run/bpf-timer-bench"
LATER = {"fleet_judged_later": True}


@pytest.fixture(scope="module")
def hosts(fleet: Lab, tmp_path_factory: pytest.TempPathFactory) -> Lab:
    """The lab, provisioned, with results of its own."""
    results = tmp_path_factory.mktemp("owners") / "results"
    results.mkdir()
    mine = replace(fleet, results=results)
    mine.provision(*SUTS, "load1")
    return mine


def trials(made: Lab, host: str) -> list[dict]:
    """Records of a host, as the controller has them."""
    files = made.fleets()[-1].glob(f"{host}/*/trials.jsonl")
    return [json.loads(line) for file in files for line in file.read_text().splitlines()]


def step(made: Lab) -> str:
    file = json.loads((made.fleets()[-1] / "fleet.json").read_text())
    return "finished" if file["finished"] else "measured" if file["measured"] else "measuring"


@contextmanager
def stopped(made: Lab, host: str) -> Iterator[None]:
    """A host that does not answer while the block runs."""
    made.sshd(host, "stop")
    try:
        yield
    finally:
        made.sshd(host, "start")


def end_job(made: Lab, host: str) -> None:
    """End what the host measures."""
    made.run(host, "sh", "-c", f"for job in {JOB}/*/job.sh; do sh $job end; done")


def keys(made: Lab) -> str:
    return (made.root("load1") / "root/.ssh/authorized_keys").read_text()


def test_a_second_operator_and_a_restore_leave_a_host_alone_that_measures(
    before: dict[str, str], hosts: Lab, tmp_path: Path
) -> None:
    """B asks for other settings, and is refused; so is whoever restores."""
    sweep = sweep_file(tmp_path, "first", repeat=200, duration="1s", load=False)
    second = replace(hosts, results=tmp_path)
    with hosts.playing(RUN, mode="--limit=sut1", sweep=sweep, **TUNED) as first:
        first.wait_for(r"\[sut1\] =>\s+msg: '?trial")
        tuned, key = settings(), keys(hosts)
        other = second.play(RUN, mode="--limit=sut1", sweep=sweep, tune_timer_migration="1")
        restored = second.play("playbooks/restore.yml", mode="--limit=sut1,load1")
        assert first.process.poll() is None, first.output()
        assert settings() == tuned != before
        assert keys(hosts) == key and "bpf-timer-bench-load/sut1/" in key
        end_job(hosts, "sut1")
        assert first.process.wait() != 0
    for outcome in (other, restored):
        assert outcome.returncode != 0, outcome.output
    assert f"this host is tuned for {hosts.fleets()[-1].name}" in other.words
    assert "this host is measuring" in restored.words
    assert "load1: this load host is in use" in restored.words
    assert (hosts.root("load1") / PROVISIONED).exists()
    records = trials(hosts, "sut1")
    # The trial that the end of the job met is an interrupted one.
    whole = [record for record in records if Code.INTERRUPTED not in record["codes"]]
    assert len(whole) > 2
    assert all(record["status"] == "ok" for record in whole), whole
    assert settings() == before
    assert "bpf-timer-bench-load" not in keys(hosts)


@pytest.mark.nightly
def test_limits_add_up_and_a_killed_report_is_made_again(hosts: Lab, tmp_path: Path) -> None:
    """First sut1 alone, then sut2, whose report is killed; then there is only a report left."""
    known = len(hosts.fleets())
    sweep = sweep_file(tmp_path, "limits", repeat=1, duration="300ms", load=False)
    first = hosts.play(RUN, mode="--limit=sut1", sweep=sweep)
    assert first.returncode == 0, first.output
    assert (step(hosts), len(hosts.fleets())) == ("measuring", known + 1)
    assert [host.trouble for host in read_fleet(hosts.fleets()[-1]).hosts] == ["", ""]
    plays = (RUN, "playbooks/report.yml", "playbooks/judge.yml")
    with hosts.playing(*plays, mode="--limit=sut2", sweep=sweep, **LATER) as second:
        second.wait_for("Have the tables made")
        second.kill()
    assert step(hosts) == "measured"
    third = hosts.play(*plays, sweep=sweep, **LATER)
    assert third.returncode == 0, third.output
    assert (step(hosts), len(hosts.fleets())) == ("finished", known + 1)
    assert "Start it in the background" not in third.output
    assert "| cell | sut1 | sut2 |" in third.output


@pytest.mark.nightly
def test_judging_alone_names_the_newest_run_and_compares_it(hosts: Lab) -> None:
    """The fleet run of the test before, with itself."""
    newest = str(hosts.fleets()[-1])
    where = {"judge_results_path": str(hosts.results)}
    outcome = hosts.play("playbooks/judge.yml", **where)
    assert outcome.returncode == 0, outcome.output
    compared = hosts.play("playbooks/judge.yml", **where, judge_base=newest)
    assert "Show the comparison" in compared.output
    assert compared.returncode == 0, compared.output


@pytest.mark.nightly
def test_a_full_controller_names_path_and_host_and_keeps_nothing_else_from_being_done(
    before: dict[str, str], hosts: Lab, tmp_path: Path
) -> None:
    """There is no room for what comes from sut1; then there is."""
    sweep = sweep_file(tmp_path, "full", repeat=1, duration="300ms", load=False)
    known, full = len(hosts.fleets()), []

    def fill(play: PlayInProgress) -> None:
        wait_until("a fleet run", lambda: len(hosts.fleets()) > known, seconds=PLAY_S)
        full.append(hosts.fleets()[-1] / "sut1")
        full[0].mkdir(exist_ok=True)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4k", "full", full[0]], check=True)

    plays = (RUN, "playbooks/report.yml", "playbooks/judge.yml")
    try:
        first = hosts.play(*plays, meanwhile=fill, sweep=sweep, **LATER, **TUNED)
        left = list(full[0].rglob("*"))
    finally:
        subprocess.run(["umount", *full], check=True)
    assert first.returncode != 0
    found = {host.name: host for host in read_fleet(hosts.fleets()[-1]).hosts}
    assert str(full[0]) in found["sut1"].trouble and "sut1" in found["sut1"].trouble
    assert not [path for path in left if path.suffix in (".gz", ".part") or ".unp" in path.name]
    assert found["sut2"].state == "complete" and not found["sut2"].trouble
    assert "| cell | sut1 | sut2 |" in first.output
    assert "sut1: " in first.words and "To go on, run: cd /" in first.words
    assert settings() == before
    second = hosts.play(*plays, sweep=sweep, **LATER)
    assert second.returncode == 0, second.output
    assert (step(hosts), len(hosts.fleets())) == ("finished", known + 1)


@pytest.mark.nightly
def test_trials_without_their_load_host_are_named_and_measured_again(
    hosts: Lab, tmp_path: Path
) -> None:
    """It falls silent in the run; when it is back, the same command goes on."""
    sweep = sweep_file(
        tmp_path, "silent", repeat=2, duration="1s", load=True, controls=Controls.NONE
    )
    plays = (RUN, "playbooks/report.yml", "playbooks/judge.yml")

    def cut(play: PlayInProgress) -> None:
        play.wait_for(r"\[sut1\] =>\s+msg: '?trial")
        hosts.link("load1", "down")

    try:
        first = hosts.play(*plays, mode="--limit=sut1", meanwhile=cut, sweep=sweep, **LATER)
    finally:
        hosts.link("load1", "up")
    assert first.returncode != 0
    (sut1, _) = read_fleet(hosts.fleets()[-1]).hosts
    assert sut1.state is State.WITH_FAILURES
    assert "load host 198.19.0.21 does not answer" in " ".join(t.why for t in sut1.spoilt)
    assert "failed" in first.words and "To go on, run: cd /" in first.words
    second = hosts.play(*plays, mode="--limit=sut1", sweep=sweep, **LATER)
    assert second.returncode == 0, second.output
    (sut1, _) = read_fleet(hosts.fleets()[-1]).hosts
    assert (sut1.state, sut1.spoilt) == (State.COMPLETE, ())


def test_a_load_host_that_is_down_is_named_and_restoring_goes_on_without_it(
    before: dict[str, str], hosts: Lab, tmp_path: Path
) -> None:
    sweep = sweep_file(tmp_path, "down", repeat=1, duration="300ms", load=False)
    with stopped(hosts, "load1"):
        measured = hosts.play(RUN, sweep=sweep, **TUNED)
        restored = hosts.play("playbooks/restore.yml")
    assert measured.returncode != 0
    for host in read_fleet(hosts.fleets()[-1]).hosts:
        assert "load host load1 does not answer" in host.trouble
    assert settings() == before
    assert restored.returncode != 0
    assert "its key is still on the load host" in restored.words
    for name in SUTS:
        assert not (hosts.root(name) / PROVISIONED).exists()
        assert not (hosts.root(name) / "run/bpf-timer-bench").exists()
