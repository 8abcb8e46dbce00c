"""Which trials a witness of the fleet's chaos calls spoilt."""

from __future__ import annotations

import json
from pathlib import Path

from bench.units import NS_PER_S
from tests.playbooks.witness import SETTING, Witness, spoilt
from tests.waiting import wait_until


def record(trial: int, seconds: float = 2) -> str:
    steps = {"warmup": int(seconds * NS_PER_S / 2), "window": int(seconds * NS_PER_S / 2)}
    return json.dumps({"trial": trial, "cost": {"timeline_ns": steps}})


def test_a_trial_is_spoilt_if_the_setting_was_not_as_tuned_within_it() -> None:
    ends = {record(1): 10.0, record(2): 13.0, record(3): 16.0, record(4): 19.0}
    changes = [(7.0, True), (12.0, False), (15.0, True)]
    assert spoilt(ends, changes) == [record(2), record(3)]


def test_what_changes_between_trials_spoils_none() -> None:
    changes = [(7.0, True), (10.0, False), (10.9, True)]
    assert spoilt({record(1): 10.0, record(2): 13.0}, changes) == []


def test_a_trial_that_failed_before_it_was_measured_tells_nothing() -> None:
    assert spoilt({json.dumps({"cost": None}): 10.0}, [(7.0, False)]) == []


def test_each_host_is_judged_by_its_own_setting(tmp_path: Path) -> None:
    roots = [tmp_path / "tuned", tmp_path / "not"]
    for root, value in zip(roots, "01", strict=True):
        (root / SETTING).parent.mkdir(parents=True)
        (root / SETTING).write_text(f"{value}\n")
    with Witness("0", roots, "*.jsonl") as seen:
        wait_until("a look at each", lambda: all(host.changes for host in seen.hosts))
        for trial, root in enumerate(roots):
            (root / "trials.jsonl").write_text(record(trial, seconds=0) + "\n")
        wait_until("each record", lambda: all(host.ends for host in seen.hosts))
    assert seen.spoilt() == [record(1, seconds=0)]
