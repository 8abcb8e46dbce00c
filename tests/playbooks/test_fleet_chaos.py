"""Whatever happens to a fleet, the same command again completes it, and every summary is honest.

Seeds make it random and repeatable: CHAOS_SEED=7 pytest -m '' tests/playbooks/test_fleet_chaos.py
begins at another one.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bench.fleet.model import State
from bench.fleet.read import read_fleet
from bench.spec import Controls
from tests.playbooks.chaos import RESULTS, Plan, Scene
from tests.playbooks.fleets import TUNED, settings, sweep_file
from tests.playbooks.lab import SUTS, TEST_S, FleetOutcome, Lab
from tests.playbooks.witness import Witness

pytestmark = pytest.mark.timeout(TEST_S)

FIRST = int(os.environ.get("CHAOS_SEED", "0"))
SHORT, LONG = 1, 60
SEEDS = [
    pytest.param(seed, marks=[] if seed - FIRST < SHORT else [pytest.mark.nightly])
    for seed in range(FIRST, FIRST + LONG)
]
PLAYS = ("playbooks/run.yml", "playbooks/report.yml", "playbooks/judge.yml")
MOST_PLAYS = 4


@pytest.fixture(scope="module")
def hosts(fleet: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """The lab, provisioned, with results of its own."""
    results = tmp_path_factory.mktemp("chaos") / "results"
    results.mkdir()
    mine = replace(fleet, results=results)
    for host in SUTS:  # A disk of their own, which can be filled.
        mine.run(host, "mkdir", "-p", f"/{RESULTS}")
        mine.run(host, "mount", "-t", "tmpfs", "-o", "size=64m", "records", f"/{RESULTS}")
    try:
        mine.provision(*SUTS, "load1")
        yield mine
    finally:
        for host in SUTS:
            mine.run(host, "umount", f"/{RESULTS}")


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


@pytest.mark.parametrize("seed", SEEDS)
def test_the_same_command_again_completes_it(
    before: dict[str, str], hosts: Lab, tmp_path: Path, seed: int
) -> None:
    plan = Plan.of(seed)
    name = f"chaos{seed}"
    sweep = sweep_file(
        tmp_path, name, repeat=2, duration="300ms", load=True, controls=Controls.NONE
    )
    variables = {"sweep": sweep, "fleet_judged_later": True, **TUNED}
    roots = [hosts.root(host) for host in SUTS]
    with Witness(
        TUNED["tune_timer_migration"], roots, f"{RESULTS}/*-{name}/*/trials.jsonl"
    ) as seen:
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
    assert not [line for line in seen.spoilt() if json.loads(line)["status"] == "ok"], plan
    assert settings() == before, plan
    assert (
        "bpf-timer-bench-load"
        not in (hosts.root("load1") / "root/.ssh/authorized_keys").read_text()
    )
