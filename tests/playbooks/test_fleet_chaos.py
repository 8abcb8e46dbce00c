"""Whatever happens to a fleet, the same command again completes it, and every summary is honest.

Seeds make it random and repeatable: CHAOS_SEED=7 pytest -m '' tests/playbooks/test_fleet_chaos.py
begins at another one.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from bench.fleet.model import State
from bench.fleet.read import read_fleet
from bench.spec import Controls
from tests.playbooks.chaos import RESULTS, SECOND, SECOND_TUNED, Plan, Scene
from tests.playbooks.fleets import TUNED, settings, sweep_file
from tests.playbooks.lab import SUTS, TEST_S, FleetOutcome, Lab
from tests.playbooks.witness import SETTING, Witness

pytestmark = pytest.mark.timeout(TEST_S)

FIRST = int(os.environ.get("CHAOS_SEED", "0"))
SHORT, LONG = 1, 60
SEEDS = [
    pytest.param(seed, marks=[] if seed - FIRST < SHORT else [pytest.mark.nightly])
    for seed in range(FIRST, FIRST + LONG)
]
PLAYS = ("playbooks/run.yml", "playbooks/report.yml", "playbooks/judge.yml")
MOST_PLAYS = 4
STAND_IN = "/root/timer_migration"


@contextmanager
def of_its_own(made: Lab, host: str) -> Iterator[None]:
    """A disk of the host's own, which can be filled, and a setting as its own kernel would have.

    The lab's hosts share a kernel. Tuned by two operators, one host each, it would be as neither
    asked for, which cannot happen to two machines.
    """
    setting = f"/{SETTING}"
    made.run(host, "mkdir", "-p", f"/{RESULTS}")
    made.run(host, "mount", "-t", "tmpfs", "-o", "size=64m", "records", f"/{RESULTS}")
    made.run(host, "cp", setting, STAND_IN)
    made.run(host, "mount", "--bind", STAND_IN, setting)
    try:
        yield
    finally:
        made.run(host, "umount", setting, f"/{RESULTS}")


@pytest.fixture(scope="module")
def hosts(fleet: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """The lab, provisioned, with results of its own."""
    results = tmp_path_factory.mktemp("chaos") / "results"
    results.mkdir()
    mine = replace(fleet, results=results)
    with ExitStack() as stack:
        for host in SUTS:
            stack.enter_context(of_its_own(mine, host))
        mine.provision(*SUTS, "load1")
        yield mine


def each_settings(made: Lab) -> dict[str, str]:
    """What each host's own setting is, beside those that they share."""
    own = {host: (made.root(host) / SETTING).read_text().strip() for host in SUTS}
    return settings() | own


def finished(made: Lab) -> bool:
    return bool(json.loads((made.fleets()[-1] / "fleet.json").read_text())["finished"])


def honest(made: Lab, outcome: FleetOutcome) -> None:
    """A play that ends well has all; one that does not says what is wrong, and what goes on."""
    assert finished(made) == (outcome.returncode == 0), outcome.output
    if outcome.returncode:
        assert "To go on, run: cd /" in outcome.words, outcome.output
        assert any(f"{host}: " in outcome.words for host in SUTS), outcome.output


def complete(folder: Path) -> None:
    """Each host has one run, and one latest record of each trial, none of them failed."""
    for host in read_fleet(folder).hosts:
        assert (host.state, host.trouble) == (State.COMPLETE, ""), host
        (run,) = (folder / host.name).glob("*/run.json")
        lines = run.with_name("trials.jsonl").read_text().splitlines()
        latest = {record["trial"]: record for record in map(json.loads, lines)}
        assert sorted(latest) == list(range(1, host.planned + 1))
        for record in latest.values():
            if record["load"] and record["status"] == "ok":
                assert record["ledger"]["unmatched"] == 0
                assert record["ledger"]["started"] == record["load"]["connections_total"]


def witness(made: Lab, tuned: str, sweep: str) -> Witness:
    """Of the trials of a sweep, which somebody has tuned the hosts for."""
    roots = [made.root(host) for host in SUTS]
    return Witness(tuned, roots, f"{RESULTS}/*-{sweep}/*/trials.jsonl")


@pytest.mark.parametrize("seed", SEEDS)
def test_the_same_command_again_completes_it(
    before: dict[str, str], hosts: Lab, tmp_path: Path, seed: int
) -> None:
    untouched = before | dict.fromkeys(SUTS, before[f"/{SETTING}"].strip())
    plan = Plan.of(seed)
    name = f"chaos{seed}"
    sweep = sweep_file(
        tmp_path, name, repeat=2, duration="300ms", load=True, controls=Controls.NONE
    )
    variables = {"sweep": sweep, "fleet_judged_later": True, **TUNED}
    tuned = TUNED["tune_timer_migration"]
    with witness(hosts, tuned, name) as mine, witness(hosts, SECOND_TUNED, SECOND) as theirs:
        with hosts.playing(*PLAYS, **variables) as play:
            plan.carry_out(Scene(hosts, play, plan.host, tmp_path, sweep))
            returncode = play.process.wait()
        if returncode >= 0:  # It was not killed.
            honest(hosts, FleetOutcome(returncode, play.output()))
        for _ in range(MOST_PLAYS):
            if finished(hosts):
                break
            honest(hosts, hosts.play(*PLAYS, **variables))
    assert finished(hosts), f"{plan}: not complete after {MOST_PLAYS} more plays"
    complete(hosts.fleets()[-1])
    spoilt = mine.spoilt() + theirs.spoilt()
    assert not [line for line in spoilt if json.loads(line)["status"] == "ok"], plan
    assert each_settings(hosts) == untouched, plan
    assert (
        "bpf-timer-bench-load"
        not in (hosts.root("load1") / "root/.ssh/authorized_keys").read_text()
    )
