from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import pytest

from bench.fleet.markdown import FIGURES_FILE, render, write_fleet_report
from bench.fleet.model import Fleet, HostRun
from bench.fleet.tables import MOST_COLUMNS, load_from
from bench.record import Status
from tests.unit.fleet.conftest import MakeHost


def row(text: str, start: str) -> str:
    return next(line for line in text.splitlines() if line.startswith(start))


def test_it_says_which_host_has_what(fleet: Fleet) -> None:
    text = render(fleet, by="rack")
    assert "3 hosts: 2 complete, 1 nothing." in text
    assert row(text, "| a |").startswith("| a | left | complete | 4 | 0 | 0 | 0 | 6.1 | Test CPU |")
    assert row(text, "| c |").startswith("| c | unknown | nothing | 0 |")
    assert "- c: it did not answer" in text


def test_few_hosts_stand_side_by_side(fleet: Fleet) -> None:
    text = render(fleet, by="kernel")
    assert "| cell | a | b | c |" in text
    assert "| resident 1k x 100ms, load 0 | 5µs | 6µs | - |" in text


def test_many_hosts_become_groups_with_their_range(make_host: MakeHost) -> None:
    many = MOST_COLUMNS + 1
    hosts = tuple(make_host(f"h{n}", 4_000 + n * 1_000, kernel=f"6.{n % 2}") for n in range(many))
    text = render(Fleet(name="many", hosts=hosts), by="kernel")
    assert "| cell | 6.0 | 6.1 |" in text
    assert "| resident 100 x 100ms, load 0 | 8µs (4µs to 12µs; 5) | 8µs (5µs to 11µs; 4) |" in text


def test_outliers_are_named_within_their_group(make_host: MakeHost) -> None:
    hosts = [make_host(f"h{n}", 5_000 + n * 50, kernel="6.1") for n in range(6)]
    hosts += [make_host(f"g{n}", 20_000 + n * 50, kernel="6.18") for n in range(6)]
    assert "\n\nNone.\n\nA figure is far when" in render(
        Fleet(name="f", hosts=tuple(hosts)), by="kernel"
    )
    slow = make_host("slow", 60_000, kernel="6.18")
    text = render(Fleet(name="f", hosts=(*hosts, slow)), by="kernel")
    assert "2.98 | no known fact | kernel 6.18 | 4 of 4 |" in row(text, "| slow | p50 lateness")


def test_words_of_a_host_cannot_break_the_report(make_host: MakeHost) -> None:
    evil = replace(make_host("a|b"), trouble="<script> *x*")
    text = render(Fleet(name="#f", hosts=(evil,)), by="kernel")
    assert "a\\|b" in text
    assert "<script>" not in text


def test_no_record_at_all_is_said() -> None:
    text = render(Fleet(name="f", hosts=(HostRun(name="a", trouble="dead"),)), by="kernel")
    assert "No host has a record yet." in text


def test_every_figure_of_every_host_is_in_the_table_of_numbers(
    fleet: Fleet, tmp_path: Path
) -> None:
    assert write_fleet_report(fleet, tmp_path, by="kernel").read_text().startswith("# Fleet f1\n")
    with (tmp_path / FIGURES_FILE).open() as file:
        rows = list(csv.DictReader(file))
    assert [(each["host"], each["p50 lateness"]) for each in rows[::4]] == [
        ("a", "5000.0"),
        ("b", "6000.0"),
    ]
    assert len(rows) == 8
    assert {each["ok"] for each in rows} == {"1"}


@pytest.mark.parametrize("by", ["kernel", "cpu"])
def test_kernel_and_cpu_are_not_shown_twice(by: str, fleet: Fleet) -> None:
    titles = row(render(fleet, by=by), "| host |")
    assert titles.count("kernel") == titles.count("CPU") == 1


def test_one_host_is_one_host(make_host: MakeHost) -> None:
    text = render(Fleet(name="f", hosts=(make_host("a"),)), by="kernel")
    assert "1 host: 1 complete. Complete: every planned trial" in text


def test_the_facts_that_differ_stand_beside_the_figures(make_host: MakeHost) -> None:
    odd = make_host("sut2", 9_000, facts={"timer_migration": "0"})
    text = render(Fleet(name="f", hosts=(make_host("sut1"), odd)), by="kernel")
    expected = "| 1.80 | only sut2 has timer_migration=0 (the others: 1) | sut1 | 4 of 4 |"
    assert row(text, "| sut2 | p50 lateness").endswith(expected)
    assert "| timer_migration | 1 | sut1 |\n| timer_migration | 0 | sut2 |" in text
    assert "nothing shows which is unusual" in text


def test_trials_that_failed_are_named_with_their_reason_and_what_goes_on(
    make_host: MakeHost,
) -> None:
    failed = make_host("sut1", failed={2: "load host load1 does not answer"})
    command = "ansible-playbook -i inventory/fleet.yml playbooks/run.yml -e sweep=quick"
    text = render(Fleet(name="f", hosts=(failed,), command=command), by="kernel")
    assert "1 host: 1 with failures. With failures: 1 trial failed, on sut1 (with fail" in text
    assert "| sut1 | 2 | failed | resident 1k x 100ms, load 0 | load host load1 does not" in text
    assert f"- sut1: 1 trial failed. To go on, run: `{command}`" in text


def test_of_many_spoilt_trials_the_failed_ones_are_listed_first(make_host: MakeHost) -> None:
    host = make_host("a", failed={4: "refused"})
    many = replace(host, counts={Status.INVALID: 30, Status.FAILED: 1})
    text = render(Fleet(name="f", hosts=(many,)), by="kernel")
    assert "a has 30 more such trials; all are in trials.jsonl of its run." in text


def test_a_host_that_was_never_asked_is_no_trouble(make_host: MakeHost) -> None:
    text = render(Fleet(name="f", hosts=(make_host("a"), HostRun(name="b"))), by="kernel")
    assert "2 hosts: 1 complete, 1 not measured. Partial:" in text
    assert "What went wrong" not in text
    assert "did not answer" not in text


def test_load_comes_from_nowhere_before_a_host_has_measured(make_host: MakeHost) -> None:
    """Its load host may be down: "itself" would be untrue."""
    down = HostRun(name="a", trouble="load host load1 does not answer")
    hosts = (down, make_host("b"), replace(make_host("c"), load_hosts=("192.0.2.21",)))
    assert [load_from(host) for host in hosts] == ["-", "itself", "192.0.2.21"]
