from __future__ import annotations

from bench.export.columns import Column, Kind
from bench.export.of_fleet import fleet_table


def column(name: str, kind: Kind, *values: object) -> Column:
    return Column(name, kind, values)  # type: ignore[arg-type]


def test_hosts_follow_each_other_and_what_one_lacks_is_empty() -> None:
    first = [column("trial", Kind.INTEGER, 1, 2), column("error_EBUSY", Kind.INTEGER, 0, 3)]
    second = [column("trial", Kind.INTEGER, 1)]
    table = {c.name: c.values for c in fleet_table("f1", {"a": first, "b": second})}
    assert list(table) == ["fleet_id", "fleet_host", "trial", "error_EBUSY"]
    assert table["fleet_id"] == ("f1",) * 3
    assert table["fleet_host"] == ("a", "a", "b")
    assert table["error_EBUSY"] == (0, 3, None)


def test_a_column_of_two_kinds_takes_one_that_holds_both() -> None:
    numbers, texts = column("x", Kind.INTEGER, 1, None), column("x", Kind.TEXT, "max")
    found = fleet_table("f", {"a": [numbers], "b": [texts]})[-1]
    assert (found.kind, found.values) == (Kind.TEXT, ("1", None, "max"))
    found = fleet_table("f", {"a": [numbers], "b": [column("x", Kind.NUMBER, 0.5)]})[-1]
    assert (found.kind, found.values) == (Kind.NUMBER, (1.0, None, 0.5))


def test_a_host_without_a_trial_has_no_row() -> None:
    found = fleet_table("f", {"a": [column("x", Kind.FLAG)], "b": [column("x", Kind.FLAG, True)]})
    assert found[1].values == ("b",)
