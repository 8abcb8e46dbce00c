from __future__ import annotations

from bench.fleet.differing import ALL, differing, sentences
from bench.fleet.model import HostRun
from tests.unit.fleet.conftest import MakeHost


def test_two_hosts_are_set_against_each_other_without_a_claim(make_host: MakeHost) -> None:
    hosts = (make_host("a"), make_host("b", 9_000, facts={"timer_migration": "0"}))
    found = differing({"6.18": hosts}, "kernel")
    (text,) = sentences(found.rows)
    assert text.startswith("b, against a: p50 lateness x 1.80 (4 of 4 cells), p99")
    assert text.endswith("in: only b has timer_migration=0 (the others: 1)")
    assert "nothing shows which is unusual" in found.how


def test_two_hosts_that_agree_have_no_row(make_host: MakeHost) -> None:
    found = differing({"x": (make_host("a"), make_host("b", 5_100))}, "kernel")
    assert [row for row in found.rows if row.quantity == "p50 lateness"] == []


def test_hosts_of_small_groups_are_judged_together(make_host: MakeHost) -> None:
    groups = {f"6.{n}": (make_host(f"h{n}", 5_000 + n, kernel=f"6.{n}"),) for n in range(4)}
    groups["7.0"] = (make_host("slow", 50_000, kernel="7.0"),)
    found = differing(groups, "kernel")
    assert {(row.host, row.group) for row in found.rows} == {("slow", ALL)}
    assert found.how.startswith("No kernel has 4 hosts, so all are judged together.")
    assert "only slow has kernel_release=7.0" not in str(found.rows[0].causes)
    assert "slow has kernel_release=7.0" in str(found.rows[0].causes[0])


def test_a_host_alone_differs_from_nothing(make_host: MakeHost) -> None:
    found = differing({"x": (make_host("a"), HostRun(name="gone"))}, "kernel")
    assert (found.rows, found.nothing) == ((), "It takes two hosts with records to compare.")
