from __future__ import annotations

from bench.fleet.answer import answer
from bench.fleet.differing import differing
from bench.fleet.grouping import grouped
from bench.fleet.model import Fleet, HostRun
from bench.fleet.words import troubles
from tests.unit.fleet.conftest import MakeHost


def told(*hosts: HostRun) -> dict[str, str]:
    fleet = Fleet(name="f", hosts=hosts)
    found = differing(grouped(fleet, "kernel"), "kernel")
    return {s.subject: s.text for s in answer(fleet, found, troubles(fleet))}


def test_lateness_goes_from_host_to_host(make_host: MakeHost) -> None:
    text = told(make_host("a"), make_host("b", 9_000), make_host("c", 6_000))["Lateness"]
    assert "the median callback is 6µs late in the median host" in text
    assert "from 5µs (a) to 9µs (b)" in text
    assert "the latest p99 lateness of any cell is 90µs, on b" in text


def test_one_host_is_compared_with_nobody(make_host: MakeHost) -> None:
    found = told(make_host("a"))
    assert "the median callback is 5µs late; the latest" in found["Lateness"]
    assert found["Hosts that differ"] == "It takes two hosts with records to compare."
    assert found["What went wrong"] == "Nothing that was noted."


def test_hosts_that_differ_stand_beside_their_facts(make_host: MakeHost) -> None:
    odd = make_host("b", 9_000, facts={"governor": "powersave"})
    text = told(make_host("a", facts={"governor": "performance"}), odd)["Hosts that differ"]
    assert text.startswith("b, against a: p50 lateness x 1.80 (4 of 4 cells)")
    assert text.endswith("only b has governor=powersave (the others: performance).")


def test_without_a_record_everything_is_open() -> None:
    found = told(HostRun(name="a", trouble="it does not answer"))
    assert found["Lateness"] == "No host has a valid lateness, so their lateness is not known."
    assert found["What went wrong"] == "On 1 host: a."
