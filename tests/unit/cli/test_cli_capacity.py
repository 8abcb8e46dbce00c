"""``bench capacity`` without a kernel: arguments, and one search on a simulated host."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bench.cli import capacity as module
from bench.cli import measuring
from bench.cli.main import cli
from bench.errors import BenchError, UsageError
from bench.host.holder import note
from bench.record import Callbacks, Noise, Status, TrialRecord
from bench.store import RunFolder
from bench.sweep.plan import PlannedTrial
from bench.sweep.runner import Measured

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
        ((*GOAL, "--repeat", "4"), "--repeat 4 trials can be undecided"),
        ((*GOAL, "--min", "2m", "--max", "1m"), "no rate between 2M and 1M"),
        ((*GOAL, "--min", "x"), "--min: 'x'"),
        ((*GOAL, "--scale", "nothing"), "--scale 'nothing' is not allowed"),
        (("--program", "resident", "--goal", "p98 <= 1ms"), "unknown 'p98'"),
        (("--program", "tcp", "--load", "5k", "--goal", "p50 <= 1ms"), "--load is what"),
        (("--goal", "p50 <= 1ms"), "no program given"),
    ],
)
def test_what_cannot_be_searched_is_refused(words: tuple[str, ...], problem: str) -> None:
    with pytest.raises(UsageError, match=problem):
        capacity(*words)


class Rig:
    def __init__(self, cells: object) -> None: ...

    def __enter__(self) -> Rig:
        return self

    def __exit__(self, *error: object) -> None: ...


@pytest.fixture
def spoilt() -> list[int]:
    """Numbers of trials that the host's noise spoils."""
    return []


@pytest.fixture
def simulated(
    monkeypatch: pytest.MonkeyPatch, make_record: MakeRecord, spoilt: list[int], tmp_path: Path
) -> None:
    def measure(rig: object, planned: PlannedTrial, *rest: Any) -> Measured:
        hz = planned.cell.map_size * 10  # A timeout of 100 ms.
        served = min(CAPACITY_HZ / hz, 1.0)
        record = replace(
            make_record(planned.trial, cell=planned.cell),
            callbacks=Callbacks(fired=99, offered_hz=hz, fired_hz=hz * served, served=served),
        )
        if planned.trial in spoilt:
            noise = Noise(steal=0.5, involuntary_switches=0, interrupts=0)
            record = replace(record, status=Status.INVALID, reasons=["steal"], noise=noise)
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
def test_when_the_budget_ends_the_exit_code_says_so(capsys: Captured) -> None:
    assert capacity(*GOAL, "--budget", "0") == 1
    assert (
        "between - and - callbacks/s (timers at 100ms) when the budget" in capsys.readouterr().out
    )


@pytest.mark.usefixtures("simulated")
def test_no_capacity_in_the_range_is_an_expected_failure(capsys: Captured) -> None:
    assert capacity(*GOAL, "--min", "1m", "--max", "2m") == 1
    assert "not even met at 1M callbacks/s" in capsys.readouterr().out
