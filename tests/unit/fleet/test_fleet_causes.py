from __future__ import annotations

from bench.fleet.causes import MOST_CAUSES, causes, causes_text, splits
from bench.fleet.model import HostRun


def host(name: str, **facts: str) -> HostRun:
    return HostRun(name=name, facts={"hostname": name, **facts})


def test_a_fact_that_a_host_has_alone_is_told_as_such() -> None:
    others = [host("a", governor="performance"), host("b", governor="performance")]
    (found,) = causes(host("c", governor="powersave"), others)
    assert str(found) == "only c has governor=powersave (the others: performance)"


def test_a_fact_that_some_others_have_too_is_told_after_those_of_its_own() -> None:
    others = [host("a", tick="idle", hz="250"), host("b", tick="idle", hz="250")]
    others.append(host("d", tick="full", hz="250"))
    found = causes(host("c", tick="full", hz="1000"), others)
    assert [str(cause) for cause in found] == [
        "only c has hz=1000 (the others: 250)",
        "c has tick=full (most have idle)",
    ]


def test_what_is_unknown_or_incidental_is_no_difference() -> None:
    others = [host("a", governor="-", smt="on")]
    assert causes(host("c", governor="powersave", machine_id_hash="1", boost="on"), others) == ()
    assert splits([*others, host("c", governor="powersave", smt="on")]) == ()


def test_a_fact_that_follows_from_another_is_not_told_beside_it() -> None:
    others = [host("a", kernel_release="6.1", kernel_version="#1", boot_parameters_hash="x")]
    other = host("c", kernel_release="6.2", kernel_version="#2", boot_parameters_hash="y")
    assert [cause.fact for cause in causes(other, others)] == [
        "kernel_release",
        "boot_parameters_hash",
    ]


def test_many_differences_are_counted_and_long_values_shortened() -> None:
    facts = {f"fact{n}": "x" * 100 for n in range(MOST_CAUSES + 2)}
    found = causes(host("c", **facts), [host("a", **dict.fromkeys(facts, "y"))])
    text = causes_text(found)
    assert text.endswith("; and 2 more")
    assert "x" * 71 not in text
    assert causes_text(()) == "no known fact"


def test_hosts_are_split_by_the_values_they_have() -> None:
    (found,) = splits([host("a", hz="250"), host("b", hz="1000"), host("c", hz="250"), host("d")])
    assert (found.fact, found.hosts) == ("hz", {"250": ("a", "c"), "1000": ("b",)})
