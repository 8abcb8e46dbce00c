"""The tables of several hosts as one: whose trial a row is stands in front. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bench.export.columns import Column, Kind, Value
from bench.words.escape import printable

Table = Sequence[Column]


def fleet_table(fleet: str, tables: Mapping[str, Table]) -> list[Column]:
    """One table of all hosts, with ``fleet_id`` and ``fleet_host`` before each run's columns.

    A host that has not a column that others have, has nothing in it.

    Args:
        fleet: Id of the fleet run.
        tables: By host, its name in the inventory; each with at least one column.
    """
    sizes = {host: len(table[0].values) for host, table in tables.items()}
    hosts = [printable(host) for host, size in sizes.items() for _ in range(size)]
    by_name = {host: {c.name: c for c in table} for host, table in tables.items()}
    names = dict.fromkeys(column.name for table in tables.values() for column in table)
    return [
        Column("fleet_id", Kind.TEXT, (printable(fleet),) * len(hosts)),
        Column("fleet_host", Kind.TEXT, tuple(hosts)),
        *(_joined(n, [(by_name[h].get(n), size) for h, size in sizes.items()]) for n in names),
    ]


def _joined(name: str, parts: Sequence[tuple[Column | None, int]]) -> Column:
    kind = _common({column.kind for column, _ in parts if column})
    values: list[Value] = []
    for column, size in parts:
        values += [_as(kind, v) for v in column.values] if column else [None] * size
    return Column(name, kind, tuple(values))


def _common(kinds: set[Kind]) -> Kind:
    """A kind that holds all: an option may be a number on one host and a word on another."""
    if len(kinds) == 1:
        return next(iter(kinds))
    return Kind.NUMBER if kinds == {Kind.INTEGER, Kind.NUMBER} else Kind.TEXT


def _as(kind: Kind, value: Value) -> Value:
    if value is None or isinstance(value, str):
        return value
    if kind is Kind.TEXT:
        return str(value)
    return float(value) if kind is Kind.NUMBER else value
