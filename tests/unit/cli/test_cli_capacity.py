"""``bench capacity`` without a kernel: arguments, and one search on a simulated host."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import pytest

from bench.campaign import measuring
from bench.campaign.runner import Measured
from bench.cli import capacity as module
from bench.cli.main import cli
from bench.errors import BenchError, UsageError
from bench.host.changes import Change
from bench.host.holder import note
from bench.reason import Code
from bench.record import Callbacks, Status, TrialRecord
from bench.store import RunFolder
from bench.sweep.plan import PlannedTrial
from bench.units import parse_count

Captured = pytest.CaptureFixture[str]
MakeRecord = Callable[..., TrialRecord]
GOAL = ("--program", "resident", "--goal", "served >= 99.9%", "--seed", "1")
CAPACITY_HZ = 250_000


def capacity(*words: str) -> int:
    return int(cli.main(args=["capacity", *words], prog_name="bench", standalone_mode=False))


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ((*GOAL, "--map-size", "1k"), "--map-size is what is searched"),
        ((*GOAL, "--timeout", "1ms,2ms"), "2 cells given"),
        ((*GOAL, "--repeat", "4"), "--repeat 4: an even number of trials can be undecided"),
        ((*GOAL, "--min", "2m", "--max", "1m"), "no rate between --min 2m and --max 1m"),
        ((*GOAL, "--min", "1k", "--max", "1k"), "no rate between --min 1k and --max 1k"),
        ((*GOAL, "--min", "20m"), "no rate between --min 20m and --max 10m"),
        ((*GOAL, "--max", "1"), "--max 1 is too low: .* in steps of 10, .* 5% from 200 on"),
        ((*GOAL, "--max", "200"), "--max 200 is too low"),
        ((*GOAL, "--min", "199"), "--min 199 is too low"),
        ((*GOAL, "--max", "100g"), "100G callbacks/s .* are beyond any map size"),
        (("--program", "resident", "--goal", "p99.9 <= 1ms", "--max", "12k"),
         "--max 12k is too low: a window of 1s carries 'p99.9 <= 1ms' from 12k/s on"),
        (("--program", "tcp", "--goal", "p50 <= 1ms", "--max", "20m"), "are beyond any load"),
        (("--program", "tcp", "--goal", "p99.9 <= 1ms", "--duration", "100ms"),
         "no rate up to 50k, the highest tried: a window of 100ms carries"),
        ((*GOAL, "--scale", "nothing"), "--scale 'nothing' is not allowed"),
        (("--program", "resident", "--goal", "p98 <= 1ms"), "unknown 'p98'"),
        (("--program", "tcp", "--load", "5k", "--goal", "p50 <= 1ms"), "--load is what"),
        (("--goal", "p50 <= 1ms"), "no program given. Add --program, one of: resident, tcp"),
    ],
)  # fmt: skip
def test_what_cannot_be_searched_is_refused(words: tuple[str, ...], problem: str) -> None:
    with pytest.raises(UsageError, match=problem):
        capacity(*words)


@pytest.mark.parametrize(
    ("option", "text", "problem"),
    [
        ("--max", "0", "'0' is less than 1"),
        ("--max", "-1k", "'-1k' is less than 1"),
        ("--max", "max", "'max' is not a count"),
        ("--min", "x", "'x' is not a count"),
    ],
)
def test_what_is_no_rate_is_refused(option: str, text: str, problem: str) -> None:
    with pytest.raises(click.BadParameter, match=problem) as refused:
        capacity(*GOAL, option, text)
    assert option in refused.value.format_message()


class Rig:
    def __init__(self, cells: object) -> None: ...

    def remarks(self) -> list[str]:
        return []

    def __enter__(self) -> Rig:
        return self

    def __exit__(self, *error: object) -> None: ...


@pytest.fixture
def spoilt() -> list[int]:
    """Numbers of trials that the host's noise spoils."""
    return []


@pytest.fixture
def drifted() -> list[Change]:
    """What changes on the host in these trials."""
    return []


@pytest.fixture
def simulated(
    monkeypatch: pytest.MonkeyPatch,
    make_record: MakeRecord,
    spoilt: list[int],
    drifted: list[Change],
    tmp_path: Path,
) -> None:
    def measure(rig: object, planned: PlannedTrial, *rest: Any) -> Measured:
        hz = planned.cell.map_size * 10  # A timeout of 100 ms.
        served = min(CAPACITY_HZ / hz, 1.0)
        record = replace(
            make_record(planned.trial, cell=planned.cell),
            callbacks=Callbacks(fired=99, offered_hz=hz, fired_hz=hz * served, served=served),
        )
        if planned.trial in spoilt:
            record = replace(record, status=Status.INVALID, reasons=["steal"], codes=[Code.STEAL])
            return Measured(record, [], tuple(drifted))
        return Measured(record, [])

    monkeypatch.setattr(module, "Rig", Rig)
    monkeypatch.setattr(measuring, "measure", measure)
    monkeypatch.setattr(module, "sole_measurement", note)  # Nobody else measures.
    monkeypatch.setattr(module, "require_bpf", lambda: None)
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("simulated")
def test_the_capacity_is_found_and_every_trial_kept(capsys: Captured) -> None:
    assert capacity(*GOAL, "--json") == 0
    document = json.loads(capsys.readouterr().out)
    (goal,) = document["goals"]
    assert goal["lower_hz"] <= CAPACITY_HZ * 1.001 and goal["upper_hz"] > CAPACITY_HZ
    assert document["trials"]["search"] <= document["trials"]["grid"] / 3
    folder = RunFolder.open(Path(document["path"]))
    trials = document["trials"]["search"] + document["trials"]["below_capacity"]
    assert len(folder.records()) == trials == folder.header.trials_planned
    assert folder.header.finished is not None
    kept = json.loads((folder.path / "capacity.json").read_text())
    assert kept["goals"] == document["goals"]


@pytest.mark.usefixtures("simulated")
def test_a_trial_spoilt_by_noise_is_repeated_and_does_not_count(
    spoilt: list[int], capsys: Captured
) -> None:
    assert capacity(*GOAL, "--json") == 0
    calm = json.loads(capsys.readouterr().out)
    spoilt += [1, 5, 6]
    assert capacity(*GOAL, "--json") == 0
    noisy = json.loads(capsys.readouterr().out)
    assert noisy["goals"][0]["lower_hz"] == calm["goals"][0]["lower_hz"]


@pytest.mark.usefixtures("simulated")
def test_a_host_that_stays_noisy_is_told(spoilt: list[int]) -> None:
    spoilt += range(1, 10)
    with pytest.raises(BenchError, match="spoilt by noise: steal"):
        capacity(*GOAL)


@pytest.mark.usefixtures("simulated")
def test_a_setting_that_changed_is_named_and_not_waited_for(
    spoilt: list[int], drifted: list[Change]
) -> None:
    spoilt.append(3)
    drifted.append(Change("timer_migration", "1", "0"))
    with pytest.raises(BenchError) as refused:
        capacity(*GOAL)
    assert refused.value.problem == (
        "this host was changed while the search ran: timer_migration was 1 and is 0"
    )
    assert "Set timer_migration back to 1 (sysctl kernel.timer_migration)" in refused.value.remedy


@pytest.mark.usefixtures("simulated")
def test_when_the_budget_ends_the_exit_code_says_so(capsys: Captured) -> None:
    assert capacity(*GOAL, "--budget", "0") == 4
    assert (
        "between - and - callbacks/s (timers at 100ms) when the budget" in capsys.readouterr().out
    )


@pytest.mark.usefixtures("simulated")
def test_no_capacity_in_the_range_is_an_expected_failure(capsys: Captured) -> None:
    assert capacity(*GOAL, "--min", "1m", "--max", "2m") == 1
    assert "not even met at 1M callbacks/s" in capsys.readouterr().out


@pytest.mark.usefixtures("simulated")
@pytest.mark.parametrize("high", ["201", "250", "1k", "9000", "9001", "9002", "100k", "9g"])
def test_any_highest_rate_can_be_searched(high: str, capsys: Captured) -> None:
    """Also below 9001 Hz, where the library's own range begins."""
    assert capacity(*GOAL, "--max", high, "--repeat", "1", "--json") == 0
    (goal,) = json.loads(capsys.readouterr().out)["goals"]
    if parse_count(high) <= CAPACITY_HZ:
        assert goal["lower_hz"] == parse_count(high) and goal["upper_hz"] is None
    else:
        assert goal["lower_hz"] <= CAPACITY_HZ * 1.001 < goal["upper_hz"]
