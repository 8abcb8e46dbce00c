"""How the simulation of the controller judges what it saw; the playbook itself runs in perf."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.perf.fleet_controller import Cost, fair, inventory, keys

COST = Cost(hosts=4, wall_s=1, cpu_s=1, one_mib=1, all_mib=1, complete=4, keys=((2, 2), 1))


def test_hosts_have_addresses_of_their_own() -> None:
    groups = json.loads(inventory(300, 7))["bench"]["children"]
    hosts = [*groups["sut"]["hosts"].values(), *groups["load"]["hosts"].values()]
    assert len({host["ansible_host"] for host in hosts}) == 307
    assert "load" not in json.loads(inventory(3, 0))["bench"]["children"]


@pytest.mark.parametrize(
    ("given", "is_fair"),
    [
        (((2, 2), 1), True),
        (((3, 1), 1), False),
        (((2, 2), 2), False),
        (((4,), 1), False),
        (((1, 2), 1), False),
    ],
)
def test_load_hosts_are_shared_fairly_if_each_serves_one_at_a_time_and_all_alike(
    given: tuple[tuple[int, ...], int], is_fair: bool
) -> None:
    assert fair(replace(COST, keys=given), 2) is is_fair
    assert fair(replace(COST, keys=((), 0)), 0)


def test_keys_are_counted_by_load_host(tmp_path: Path) -> None:
    log = tmp_path / "keys"
    assert keys(log) == ((), 0)
    log.write_text("1 l1 remove\n2 l1 add\n3 l2 add\n4 l1 remove\n5 l1 add\n6 l1 add\n")
    assert keys(log) == ((3, 1), 2)
