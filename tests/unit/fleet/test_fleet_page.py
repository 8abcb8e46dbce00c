from __future__ import annotations

import re
from pathlib import Path

from bench.fleet.charts import MOST_HOSTS, sections
from bench.fleet.grouping import grouped
from bench.fleet.model import Fleet, HostRun
from bench.fleet.page import content_of, render, write_fleet_page
from bench.fleet.tables import MOST_COLUMNS
from tests.unit.fleet.conftest import MakeHost


def test_the_page_says_what_the_text_says(fleet: Fleet, tmp_path: Path) -> None:
    page = write_fleet_page(fleet, tmp_path, by="rack", pictures=True)
    text = page.read_text(encoding="utf-8")
    assert page.name == "report.html"
    for words in (
        "3 hosts: 2 complete, 1 nothing.",
        "Partial: planned trials have no record. Not complete: c (nothing).",
        "To go on, run the same playbook again.",
        "only b has kernel_release=6.18 (the others: 6.1)",
        "from 5µs (a) to 6µs (b)",
    ):
        assert words in text, words
    assert (tmp_path / "figures" / "hosts-p50-lateness.svg").exists()


def test_it_asks_the_network_for_nothing(fleet: Fleet, tmp_path: Path) -> None:
    text = render(content_of(fleet, by="kernel"), tmp_path, pictures=True)
    start = text.index("<body>")
    assert re.findall(r'(?:src|href)="(?!#)([^"]*)"', text[start : text.index("<script")]) == [
        *(f"figures/{key}.{kind}" for key in _keys(fleet) for kind in ("svg", "png")),
        "cells.csv",
        "report.md",
    ]


def _keys(fleet: Fleet) -> list[str]:
    made = sections(fleet, grouped(fleet, "kernel"), "kernel")
    return [chart.key for section in made for chart in section.charts]


def test_many_hosts_are_drawn_as_groups_and_the_farthest_as_lines(make_host: MakeHost) -> None:
    hosts = tuple(make_host(f"h{n:03d}", 5_000 + n) for n in range(MOST_HOSTS + 3))
    fleet = Fleet(name="f", hosts=(*hosts, make_host("slow", 50_000)))
    against, quantities = sections(fleet, grouped(fleet, "kernel"), "kernel")
    assert against.notes == ["Not drawn: 4 hosts nearest to the others."]
    first = against.charts[0].spec["datasets"]["dots"][0]
    assert (first["line"], first["kind"], first["value"]) == ("slow", "p50 lateness", "9.96")
    assert {row["kind"] for row in quantities.charts[0].spec["datasets"]["dots"]} == {"6.18"}


def test_each_of_few_hosts_has_a_shape_and_colour_of_its_own(make_host: MakeHost) -> None:
    hosts = tuple(make_host(f"h{n}") for n in range(MOST_COLUMNS))
    fleet = Fleet(name="f", hosts=hosts)
    _, quantities = sections(fleet, grouped(fleet, "kernel"), "kernel")
    marks = quantities.charts[0].spec["layer"][1]["encoding"]
    looks = list(zip(*(marks[name]["scale"]["range"] for name in ("color", "shape")), strict=True))
    assert len(set(looks)) == MOST_COLUMNS


def test_a_fleet_without_a_record_has_a_page_that_says_so(tmp_path: Path) -> None:
    hosts = (HostRun(name="a", trouble="it does not answer"), HostRun(name="b"))
    content = content_of(Fleet(name="f", hosts=hosts), by="kernel")
    text = render(content, tmp_path)
    assert "No host has a record yet." in text
    assert "Nothing: no host has a record. Not complete: a (nothing), b (not measured)." in text


def test_runs_of_one_host_are_called_runs(make_host: MakeHost, tmp_path: Path) -> None:
    hosts = tuple(make_host(f"run-{number}", number * 1_000) for number in range(1, 5))
    text = render(content_of(Fleet(name="4 runs", hosts=hosts, machines=1), by="kernel"), tmp_path)
    for words in ("Which run has what", "Runs that differ", '#hosts">Runs</a>'):
        assert words in text, words
    headings = re.findall(r'<th scope="col"[^>]*><button[^>]*>([^<]*)</button>', text)
    assert "run" in headings and not {"host", "hosts"} & set(headings)
