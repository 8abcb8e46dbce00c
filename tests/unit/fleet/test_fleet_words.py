from __future__ import annotations

from dataclasses import replace

from bench.fleet.model import Fleet, HostRun
from bench.fleet.words import MOST_NAMES, names_text, troubles, verdict
from bench.record import Status
from tests.unit.fleet.conftest import MakeHost


def test_a_trouble_has_its_own_command_or_that_of_the_fleet(make_host: MakeHost) -> None:
    ill = replace(make_host("a"), trouble="what was tuned is not back", remedy="restore it")
    lost = HostRun(name="b", trouble="it does not answer.")
    first, second = troubles(Fleet(name="f", hosts=(ill, lost), command="play it"))
    assert first.text == "what was tuned is not back."
    assert (first.goes_on, second.goes_on) == (
        "To go on, run: restore it",
        "To go on, run: play it",
    )
    assert second.text == "it does not answer."


def test_failed_and_missing_trials_are_a_trouble_of_their_own(make_host: MakeHost) -> None:
    host = replace(make_host("a"), counts={Status.OK: 1, Status.FAILED: 2}, planned=9)
    (found,) = troubles(Fleet(name="f", hosts=(host,)))
    assert found.text == "2 trials failed; 6 of 9 trials have no record."
    assert found.goes_on == "To go on, run the same playbook again"


def test_disturbed_trials_are_a_trouble_and_in_the_verdict(make_host: MakeHost) -> None:
    host = replace(make_host("a"), disturbed=2)
    fleet = Fleet(name="f", hosts=(host, replace(make_host("b"), disturbed=1)))
    assert [found.text for found in troubles(fleet)] == [
        "2 trials were disturbed from outside.",
        "1 trial was disturbed from outside.",
    ]
    assert verdict(fleet) == (
        "With failures: 3 trials were disturbed from outside, on a (with failures), "
        "b (with failures)."
    )


def test_the_verdict_names_hosts_in_the_way_as_far_as_there_is_room() -> None:
    hosts = tuple(HostRun(name=f"h{n}", trouble="dead") for n in range(MOST_NAMES + 2))
    text = verdict(Fleet(name="f", hosts=hosts))
    assert text.startswith("Nothing: no host has a record. Not complete: h0 (nothing), h1")
    assert text.endswith("and 2 more.")
    assert names_text(["a", "b"]) == "a, b"
