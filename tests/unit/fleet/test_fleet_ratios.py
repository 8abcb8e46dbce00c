from __future__ import annotations

from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.fleet.ratios import median_without, ratios_to, ratios_to_others
from bench.quantities.catalogue import TABLE
from tests.unit.fleet.conftest import MakeHost

P50 = [column.title for column in TABLE].index("p50 lateness")
VALUES = st.lists(st.floats(0.1, 1e6), min_size=2, max_size=9)


@given(values=VALUES, data=st.data())
def test_the_median_without_one_is_that_of_the_others(
    values: list[float], data: st.DataObject
) -> None:
    one = data.draw(st.sampled_from(values))
    others = sorted(values)
    others.remove(one)
    assert median_without(sorted(values), one) == pytest.approx(median(others))


def test_each_host_is_set_against_all_others(make_host: MakeHost) -> None:
    hosts = [make_host("a", 4_000), make_host("b", 5_000), make_host("c", 12_000, own={1: 1_000})]
    found = ratios_to_others(hosts, P50)
    assert found["c"] == pytest.approx([12 / 4.5, 1 / 4.5, 12 / 4.5, 12 / 4.5])
    assert found["a"][0] == pytest.approx(4 / 8.5)
    assert ratios_to(hosts[1], hosts[0], P50) == [1.25] * 4


def test_what_does_not_count_is_left_out(make_host: MakeHost) -> None:
    failed = make_host("a", failed={2: "refused"})
    assert ratios_to_others([failed, make_host("b")], P50) == {"a": [1.0] * 3, "b": [1.0] * 3}
    assert ratios_to_others([failed], P50) == {"a": []}
