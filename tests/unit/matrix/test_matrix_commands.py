from __future__ import annotations

import pytest

from bench.errors import UsageError
from bench.matrix.commands import Command, Verb, parse


def test_without_words_limits_are_tried() -> None:
    assert parse([]) == (Command(Verb.LIMITS),)


def test_several_commands_have_a_plus_between() -> None:
    found = parse("limits --only clock + demo + run --program tcp --json".split())
    assert found == (
        Command(Verb.LIMITS, ("--only", "clock")),
        Command(Verb.DEMO),
        Command(Verb.RUN, ("--program", "tcp")),
    )
    assert found[2].text == "bench run --program tcp"


@pytest.mark.parametrize("words", ["doctor", "", "+", "limits +", "+ demo", "--only clock"])
def test_other_commands_are_refused(words: str) -> None:
    with pytest.raises(UsageError, match="a matrix cannot run"):
        parse(words.split(" "))


@pytest.mark.parametrize("words", ["limits + limits", "run + demo + demo"])
def test_a_command_twice_is_refused(words: str) -> None:
    with pytest.raises(UsageError, match="twice"):
        parse(words.split())


def test_runs_may_repeat_and_have_files_of_their_own() -> None:
    found = parse("run --program tcp + limits + run --program churn + run".split())
    assert [command.file for command in found] == ["run", "limits", "run-2", "run-3"]
    assert [command.number for command in found] == [1, 1, 2, 3]


def test_a_guest_waits_for_the_monitor_s_nmi_and_a_host_does_what_it_is_told() -> None:
    command = Command(Verb.LIMITS, ("--send-nmi",))
    assert command.arguments(guest=False) == ["limits", "--send-nmi", "--json"]
    in_guest = command.arguments(guest=True)
    assert "--send-nmi" not in in_guest and "--wait-nmi" in in_guest
    own = Command(Verb.LIMITS, ("--wait-nmi", "5s")).arguments(guest=True)
    assert own.count("--wait-nmi") == 1
    assert Command(Verb.DEMO).arguments(guest=True) == ["demo", "--json"]
