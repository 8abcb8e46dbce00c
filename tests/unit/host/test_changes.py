from __future__ import annotations

import pytest

from bench.host.changes import IDENTITY, SETTINGS, Change, of_another_host, to_undo
from bench.host.fingerprint import FACTS, drift

NAMES = {fact.name for fact in FACTS}


def test_settings_and_identity_are_facts_and_never_both() -> None:
    assert set(SETTINGS) <= NAMES and set(IDENTITY) <= NAMES
    assert not set(SETTINGS) & IDENTITY


def test_a_change_has_both_values_whatever_they_contain() -> None:
    before = {"governor": "a -> b: c", "hz": 250}
    assert drift(before, before | {"governor": "a"}) == [Change("governor", "a -> b: c", "a")]
    assert str(Change("hz", "250", "1000")) == "hz: 250 -> 1000"


@pytest.mark.parametrize("name", sorted(NAMES))
def test_for_each_fact_it_is_said_what_to_do(name: str) -> None:
    changes = [Change(name, "old", "new")]
    assert changes[0].sentence == f"{name} was old and is new"
    if name in SETTINGS:
        assert to_undo(changes) == f"Set {name} back to old ({SETTINGS[name]})"
    else:
        assert to_undo(changes).startswith("Boot it with the kernel")
    assert of_another_host(changes) is (name in IDENTITY)


def test_several_changes_are_undone_in_one_sentence() -> None:
    changes = [
        Change("hz", "250", "1000"),
        Change("smt", "active", "off"),
        Change("netdev_budget", "300", "600"),
    ]
    assert to_undo(changes).startswith("Set smt back to active (") and not of_another_host(changes)
    assert " and set netdev_budget back to 300 (sysctl net.core.netdev_budget) and boot it" in (
        to_undo(changes)
    )
