from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bench.cost.rules import refusal
from bench.record import Status, TrialRecord
from bench.units import NS_PER_S
from tests.unit.cost.conftest import use

Block = dict[str, TrialRecord]


def test_a_quiet_pair_of_a_host_with_time_left_is_taken(block: Block) -> None:
    assert refusal(block["unobserved"], block["baseline"]) is None


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"exact": None}, "proc_stat is not known to be exact on this host"),
        ({"exact": False}, "proc_stat is not known to be exact on this host"),
        (
            {"idle_ns": [NS_PER_S // 8, NS_PER_S]},
            "CPU 0 was idle for 6.25% of the trial, at least 10% is needed",
        ),
        (
            {"others_ns": NS_PER_S // 5},
            "other processes used 10% of one CPU in the trial, at most 5% may be",
        ),
        ({"steal_ns": [0, 20_000_000]}, "1% of CPU 1 were stolen in the trial"),
    ],
)
def test_what_the_idle_account_forbids(block: Block, changes: dict[str, Any], why: str) -> None:
    ours = replace(block["unobserved"], cpu_use=use(0.5, **changes))
    assert refusal(ours, block["baseline"]) == why


def test_records_that_lack_what_is_needed(block: Block) -> None:
    ours, reference = block["unobserved"], block["baseline"]
    assert refusal(replace(ours, status=Status.INVALID), reference) == "the trial is invalid"
    without = replace(reference, cpu_use=None)
    assert refusal(ours, without) == "idle time was not measured in its reference"


def test_loads_must_be_alike(block: Block, make_record: Any) -> None:
    ours, reference = block["unobserved"], block["baseline"]
    packets = {"measures": {"packets_sent": 1_000}}
    assert refusal(replace(ours, **packets), replace(reference, **packets)) is None
    fewer = replace(reference, measures={"packets_sent": 980})
    assert refusal(replace(ours, **packets), fewer) == "packets/s differ by more than 1%"
