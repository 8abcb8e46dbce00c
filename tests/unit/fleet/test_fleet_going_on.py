from __future__ import annotations

import pytest

from bench.fleet.going_on import going_on


def said(*words: str, limited: bool = True) -> str | None:
    return going_on(["ansible-playbook", *words, "bench.yml"], "/my checkout", limited=limited)


def test_it_can_be_typed_anywhere() -> None:
    assert said("-i", "inventory/fleet.yml") == (
        "cd '/my checkout' && ansible-playbook -i inventory/fleet.yml bench.yml"
    )
    assert going_on((), "/", limited=True) is None


@pytest.mark.parametrize(
    "words",
    [
        ("-e", "fleet_new=true"),
        ("-efleet_new=true",),
        ("--extra-vars=fleet_new=yes",),
        ("--extra-vars", '{"fleet_new": true}'),
        ("-e", "{fleet_new: true}"),
        ("-e", "fleet_new='true'"),
    ],
)
def test_it_begins_no_other_fleet_run(words: tuple[str, ...]) -> None:
    assert said(*words) == "cd '/my checkout' && ansible-playbook bench.yml"


@pytest.mark.parametrize(
    ("words", "left"),
    [
        (("-e", "sweep=quick fleet_new=1 a=b"), "-e 'sweep=quick a=b'"),
        (("-e", '{"fleet_new": true, "sweep": "quick"}'), """-e '{"sweep": "quick"}'"""),
        (("-e", "old_fleet_new=1"), "-e old_fleet_new=1"),
        (("-e", "@fleet_new.yml"), "-e @fleet_new.yml"),
        (("--extra-vars=sweep=quick",), "--extra-vars sweep=quick"),
    ],
)
def test_all_other_variables_stay(words: tuple[str, ...], left: str) -> None:
    assert said(*words) == f"cd '/my checkout' && ansible-playbook {left} bench.yml"


@pytest.mark.parametrize("words", [("-l", "a"), ("-la",), ("--limit", "a"), ("--limit=a",)])
def test_a_limit_stays_for_its_own_hosts_only(words: tuple[str, ...]) -> None:
    assert said(*words, limited=False) == "cd '/my checkout' && ansible-playbook bench.yml"
    kept = said(*words)
    assert kept is not None and " a bench.yml" in kept


def test_a_limit_is_seen_among_other_short_options() -> None:
    assert said("-vl", "a", limited=False) == "cd '/my checkout' && ansible-playbook -v bench.yml"
    assert said("-vl", "a") == "cd '/my checkout' && ansible-playbook -v -l a bench.yml"
