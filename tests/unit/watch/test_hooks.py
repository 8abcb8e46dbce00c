from __future__ import annotations

import pytest

from bench import abi
from bench.watch.hooks import BUDGET_BYTES, MOST_GROUPS, groups_within
from bench.watch.switches import Switches

MIB = 1 << 20


@pytest.mark.parametrize("cpus", [1, 2, 16, 256, 1024])
@pytest.mark.parametrize("runs", [False, True])
@pytest.mark.parametrize("requests", [False, True])
def test_memory_is_bounded_whatever_the_cpus(cpus: int, runs: bool, requests: bool) -> None:
    groups = groups_within(cpus, Switches(runs=runs, requests=requests))
    size = abi.WATCH_SLOT.itemsize + (abi.WATCH_RUNS.itemsize if runs else 0)
    size += abi.WATCH_REQUESTS.itemsize if requests else 0
    assert 2 <= groups <= MOST_GROUPS
    assert groups * cpus * size <= 64 * MIB or groups == 2
    assert groups == MOST_GROUPS or (groups + 1) * cpus * size > BUDGET_BYTES or groups == 2


@pytest.mark.parametrize(
    ("switches", "programs"),
    [
        (Switches(), ["on_expiry"]),
        (Switches(requests=True), ["on_start", "on_expiry", "on_request"]),
        (
            Switches(starts=True, requests=True),
            ["on_start", "on_cancel", "on_expiry_begin", "on_request"],
        ),
        (Switches(runs=True), ["on_expiry_end", "on_expiry_begin"]),
        (Switches(starts=True), ["on_start", "on_cancel", "on_expiry_begin"]),
        (
            Switches(starts=True, runs=True),
            ["on_expiry_end", "on_start", "on_cancel", "on_expiry_begin"],
        ),
    ],
)
def test_only_what_is_asked_for_is_attached(switches: Switches, programs: list[str]) -> None:
    assert switches.programs == programs
