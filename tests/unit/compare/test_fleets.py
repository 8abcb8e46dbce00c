"""Fleets of hosts whose differences between base and new are known; test data only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from bench.compare.comparable import Across
from bench.compare.fleet_text import fleet_document, fleet_markdown, summary
from bench.compare.fleets import FleetRuns, Unanswered, compare_fleets
from bench.compare.verdict import Settings, Verdict
from bench.errors import UsageError
from bench.record import RunHeader
from bench.store.run import Run
from tests.unit.compare.conftest import Draw

SETTINGS = Settings()


@pytest.fixture
def base_header(header: RunHeader) -> RunHeader:
    return replace(header, finished="x", host={"kernel_release": "6.1"})


def fleet(
    draw: Draw, header: RunHeader, middles: Mapping[str, float], *, seed: int, trials: int = 8
) -> FleetRuns:
    runs = {
        name: Run(
            header=replace(header, run_id=f"run-{name}"),
            records=draw(seed=seed + n, middle_ns=middle, trials=trials),
        )
        for n, (name, middle) in enumerate(middles.items())
    }
    return FleetRuns(f"fleet{seed}", runs)


def test_each_host_is_compared_with_itself_however_far_hosts_are_apart(
    draw: Draw, base_header: RunHeader
) -> None:
    base = fleet(draw, base_header, {"a": 5_000, "b": 50_000}, seed=1)
    new = fleet(draw, base_header, {"b": 100_000, "a": 5_000}, seed=100)
    found = compare_fleets(base, new, SETTINGS)
    verdicts = {name: result.comparisons[0].verdict for name, result in found.hosts.items()}
    assert verdicts["b"] is Verdict.WORSE
    assert verdicts["a"] is not Verdict.WORSE
    assert found.unanswered == []


def test_together_hosts_show_what_none_of_them_could_alone(
    draw: Draw, base_header: RunHeader
) -> None:
    middles = {f"h{n}": 5_000.0 * 2**n for n in range(6)}
    slower = {name: 1.5 * middle for name, middle in middles.items()}
    base = fleet(draw, base_header, middles, seed=1, trials=3)
    found = compare_fleets(base, fleet(draw, base_header, slower, seed=50, trials=3), SETTINGS)
    alone = {result.comparisons[0].verdict for result in found.hosts.values()}
    assert alone == {Verdict.CANNOT_TELL}
    (item,) = found.together
    assert item.verdict is Verdict.WORSE
    assert (item.base_trials, item.new_trials) == (18, 18)
    assert item.change == pytest.approx(0.5, abs=0.2)


def test_verdicts_of_hosts_are_corrected_for_all_of_them(
    draw: Draw, base_header: RunHeader
) -> None:
    middles = {f"h{n}": 5_000.0 for n in range(40)}
    base = fleet(draw, base_header, middles, seed=1)
    found = compare_fleets(base, fleet(draw, base_header, middles, seed=500), SETTINGS)
    assert found.count(Verdict.WORSE) + found.count(Verdict.BETTER) == 0
    one = found.hosts["h0"]
    assert one.beside == 39
    assert one.fewest == replace(one, beside=0).fewest


def test_hosts_of_one_fleet_only_are_named(draw: Draw, base_header: RunHeader) -> None:
    base = fleet(draw, base_header, {"a": 5_000, "gone": 5_000, "dead": 5_000}, seed=1)
    new = fleet(draw, base_header, {"a": 5_000, "added": 5_000}, seed=9)
    found = compare_fleets(base, FleetRuns("new", {**new.runs, "dead": None}), SETTINGS)
    assert found.unanswered == [
        Unanswered("gone", "not in NEW"),
        Unanswered("dead", "no record in NEW"),
        Unanswered("added", "not in BASE"),
    ]
    assert summary(found).startswith("1 host compared, 3 not answered; together ")
    assert "- NOT ANSWERED: added: not in BASE" in fleet_markdown(found)
    assert fleet_document(found)["not_answered"][0] == {"host": "gone", "why": "not in NEW"}


def test_fleets_without_a_common_host_are_refused(draw: Draw, base_header: RunHeader) -> None:
    base = fleet(draw, base_header, {"a": 5_000}, seed=1)
    with pytest.raises(UsageError, match="a: not in NEW; b: not in BASE"):
        compare_fleets(base, fleet(draw, base_header, {"b": 5_000}, seed=1), SETTINGS)


def test_hosts_that_changed_are_refused_together_by_name(
    draw: Draw, base_header: RunHeader
) -> None:
    base = fleet(draw, base_header, {"a": 5_000, "b": 5_000}, seed=1)
    other = replace(base_header, host={"kernel_release": "6.18"})
    new = fleet(draw, other, {"a": 5_000, "b": 5_000}, seed=2)
    with pytest.raises(UsageError, match=r"a: the runs differ in .*; b: the runs") as caught:
        compare_fleets(base, new, SETTINGS)
    assert "--across kernel" in caught.value.remedy
    found = compare_fleets(base, new, SETTINGS, across=[Across.KERNEL])
    assert [str(d) for d in found.hosts["b"].subject] == [
        "kernel_release: 6.1 in BASE, 6.18 in NEW"
    ]


def test_markdown_and_json_say_the_same(draw: Draw, base_header: RunHeader) -> None:
    base = fleet(draw, base_header, {"a": 5_000, "b": 5_000}, seed=1)
    new = fleet(draw, base_header, {"a": 9_000, "b": 9_000}, seed=2)
    found = compare_fleets(base, new, SETTINGS)
    text, document = fleet_markdown(found), fleet_document(found)
    assert list(document["hosts"]) == ["a", "b"]
    assert document["together"]["comparisons"][0]["verdict"] == "worse"
    assert document["hosts"]["a"]["comparisons"][0]["verdict"] == "worse"
    assert "#### All hosts together" in text and "#### b: 1 comparison: 0 better, 1 worse" in text
    assert text.count("| worse |") == 3
