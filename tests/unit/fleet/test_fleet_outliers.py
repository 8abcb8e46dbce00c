"""The robust rule against hosts whose difference is known."""

from __future__ import annotations

import random

import pytest

from bench.fleet.model import HostRun
from bench.fleet.outliers import FEWEST_HOSTS, outliers
from tests.unit.fleet.conftest import MakeHost


@pytest.fixture
def crowd(make_host: MakeHost) -> list[HostRun]:
    """Nine hosts that differ by some percent, as repetitions on one host do."""
    draw = random.Random(7)
    return [make_host(f"h{n}", round(5_000 * draw.gauss(1, 0.05))) for n in range(9)]


def test_hosts_that_agree_have_no_outlier(crowd: list[HostRun]) -> None:
    assert outliers(crowd) == ()


def test_a_host_that_is_slow_everywhere_is_named(crowd: list[HostRun], make_host: MakeHost) -> None:
    found = [each for each in outliers([*crowd, make_host("slow", 20_000)])]
    assert {each.host for each in found} == {"slow"}
    lateness = next(each for each in found if each.quantity == "p50 lateness")
    assert (lateness.far, lateness.cells) == (4, 4)
    assert 3.5 < lateness.ratio < 4.5


def test_a_host_that_is_fast_everywhere_is_named_too(
    crowd: list[HostRun], make_host: MakeHost
) -> None:
    found = outliers([*crowd, make_host("fast", 500)])
    assert {each.host for each in found} == {"fast"}
    assert next(e for e in found if e.quantity == "p50 lateness").ratio < 0.2


def test_one_odd_cell_of_four_does_not_make_an_outlier(
    crowd: list[HostRun], make_host: MakeHost
) -> None:
    assert outliers([*crowd, make_host("odd", own={2: 50_000})]) == ()
    assert outliers([*crowd, make_host("odd", own={2: 50_000, 3: 50_000})]) != ()


def test_hosts_that_agree_exactly_are_not_told_apart_by_nothing(make_host: MakeHost) -> None:
    same = [make_host(f"h{n}", 5_000) for n in range(8)]
    assert outliers([*same, make_host("near", 5_500)]) == ()


def test_few_hosts_cannot_tell(make_host: MakeHost) -> None:
    few = [make_host(f"h{n}") for n in range(FEWEST_HOSTS - 2)]
    assert outliers([*few, make_host("slow", 50_000)]) == ()


def test_a_host_without_a_run_is_no_outlier(crowd: list[HostRun]) -> None:
    assert outliers([*crowd, HostRun(name="gone")]) == ()
