"""Settings of a folder, read as the kernel shows them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bench.host.fingerprint import FACTS, Watch, fingerprint
from bench.host.setting_facts import (
    SETTING_FACTS,
    irq_affinities,
    irq_affinity,
    ksoftirqd_scheduling,
    local_ports,
    summary,
)
from tests.unit.host_tree import ksoftirqd_files

Tree = Callable[[dict[str, str]], Path]


def test_ksoftirqd_as_it_is_scheduled(tree: Tree) -> None:
    files = ksoftirqd_files({0: (19, 0, 0), 1: (0, 10, 1)})
    assert ksoftirqd_scheduling(tree(files)) == "other:19 (cpu 0), fifo:10 (cpu 1)"


def test_a_tree_without_processes_tells_nothing_of_ksoftirqd(tree: Tree) -> None:
    assert ksoftirqd_scheduling(tree({})) is None


def test_interrupts_in_the_order_of_their_numbers(tree: Tree) -> None:
    root = tree({f"proc/irq/{n}/smp_affinity_list": "0-1\n" for n in (9, 24, 100)})
    assert list(irq_affinities(root)) == ["irq 9", "irq 24", "irq 100"]
    assert irq_affinity(root) == "0-1"


def test_many_values_that_differ_are_hashed_and_few_are_kept() -> None:
    assert summary({}) is None
    assert summary({"irq 1": "0", "irq 2": "1"}) == "irq 1: 0, irq 2: 1"
    many = {f"irq {n}": str(n % 2) for n in range(500)}
    assert str(summary(many)).endswith(" of 500")
    assert len(str(summary(many))) < 40
    assert summary(many) != summary(many | {"irq 7": "3"})


def test_which_of_many_changed_is_named_although_the_fact_is_a_hash(tree: Tree) -> None:
    files = {f"proc/irq/{n}/smp_affinity_list": str(n % 2) for n in range(500)}
    watch = Watch.begin(root=tree(files))
    tree({f"proc/irq/{n}/smp_affinity_list": "5" for n in (7, 8, 40, 41, 42)})
    assert list(map(str, watch.drifted())) == [
        "irq_affinity: irq 7: 1, irq 8: 0, irq 40: 0 -> irq 7: 5, irq 8: 5, irq 40: 5, and 2 more"
    ]


def test_a_change_before_the_watch_began_is_told_as_far_as_it_is_known(tree: Tree) -> None:
    files = {f"proc/irq/{n}/smp_affinity_list": str(n % 2) for n in range(500)}
    first = fingerprint(tree(files))
    tree({"proc/irq/7/smp_affinity_list": "5"})
    (told,) = Watch.begin(first, tree({})).drifted()
    assert str(told).startswith(f"irq_affinity: {first['irq_affinity']} -> ")


def test_what_the_run_s_begin_did_not_tell_is_watched_from_now_on(tree: Tree) -> None:
    file = "proc/sys/kernel/timer_migration"
    watch = Watch.begin({"timer_migration": None}, tree({file: "1\n"}))
    tree({file: "0\n"})
    assert list(map(str, watch.drifted())) == ["timer_migration: 1 -> 0"]


def test_source_ports(tree: Tree) -> None:
    file = "proc/sys/net/ipv4/ip_local_port_range"
    assert local_ports(tree({file: "32768\t60999\n"})) == "32768-60999"


@pytest.mark.parametrize("fact", SETTING_FACTS, ids=lambda fact: fact.name)
def test_a_setting_is_looked_at_again(fact: object) -> None:
    assert fact in FACTS
    assert not fact.fixed  # type: ignore[attr-defined]
