from __future__ import annotations

import pytest

from bench.host.changes import IDENTITY, SETTINGS, of_another_host, parsed, to_undo
from bench.host.fingerprint import FACTS, drift

NAMES = {fact.name for fact in FACTS}


def test_settings_and_identity_are_facts_and_never_both() -> None:
    assert set(SETTINGS) <= NAMES and set(IDENTITY) <= NAMES
    assert not set(SETTINGS) & IDENTITY


def test_a_change_is_read_back_from_its_text() -> None:
    before = {"governor": "a (cpu 0), b: c (cpu 1)", "hz": 250}
    (change,) = parsed(drift(before, before | {"governor": "a"}))
    assert (change.name, change.before, change.after) == ("governor", before["governor"], "a")


@pytest.mark.parametrize("name", sorted(NAMES))
def test_for_each_fact_it_is_said_what_to_do(name: str) -> None:
    changes = parsed([f"{name}: old -> new"])
    assert str(changes[0]) == f"{name} was old and is new"
    if name in SETTINGS:
        assert to_undo(changes) == f"Set {name} back to old ({SETTINGS[name]})"
    else:
        assert to_undo(changes).startswith("Boot it with the kernel")
    assert of_another_host(changes) is (name in IDENTITY)


def test_several_changes_are_undone_in_one_sentence() -> None:
    changes = parsed(["hz: 250 -> 1000", "smt: active -> off", "netdev_budget: 300 -> 600"])
    assert to_undo(changes).startswith("Set smt back to active (") and not of_another_host(changes)
    assert " and set netdev_budget back to 300 (sysctl net.core.netdev_budget) and boot it" in (
        to_undo(changes)
    )
