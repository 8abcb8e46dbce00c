from __future__ import annotations

import pytest

from bench.errors import UsageError
from bench.fleet.grouping import grouped
from bench.fleet.model import Fleet


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        ("kernel", {"6.1": ["a"], "6.18": ["b"], "unknown": ["c"]}),
        ("cpu", {"Test CPU": ["a", "b"], "unknown": ["c"]}),
        ("rack", {"left": ["a"], "right": ["b"], "unknown": ["c"]}),
        ("hostname", {"a": ["a"], "b": ["b"], "unknown": ["c"]}),
    ],
)
def test_hosts_are_grouped(by: str, expected: dict[str, list[str]], fleet: Fleet) -> None:
    found = {value: [host.name for host in hosts] for value, hosts in grouped(fleet, by).items()}
    assert found == expected


def test_what_no_host_has_is_refused_and_the_others_are_named(fleet: Fleet) -> None:
    with pytest.raises(UsageError, match="no host has 'colour'") as caught:
        grouped(fleet, "colour")
    assert "kernel, cpu, rack, " in caught.value.remedy
