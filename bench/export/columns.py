"""A run as one flat table: a row per trial, a typed column per value of its record.

A column is named after the value's path in ``trials.jsonl``, joined by ``_``; the few names
that lack their unit get it. Columns of fixed fields are always there, in the order of
``bench/record.py``. Columns of what only some programs have (measures, distributions,
options, errno names, softirq vectors) are there if a trial of the run has them.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from enum import StrEnum
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from pydantic_core import to_jsonable_python

from bench.errors import BenchError
from bench.record import RunHeader, TrialRecord
from bench.spec import Flags, Options, flags_text
from bench.words.escape import printable

Value = int | float | bool | str | None


class Kind(StrEnum):
    """Type of a column's values; each may also be None."""

    INTEGER = "integer"
    NUMBER = "number"
    FLAG = "flag"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Column:
    """One column; ``values`` has one entry per trial, None where the trial has none."""

    name: str
    kind: Kind
    values: tuple[Value, ...]


_UNITS = {
    "callbacks_served": "callbacks_served_share",
    "noise_steal": "noise_steal_share",
    "reserve_seconds": "reserve_s",
}
"""Columns whose field does not end in its unit, with the name that does."""
_NAMED = {
    "cell_options": "cell_option_{}",
    "cost_timeline_ns": "cost_timeline_{}_ns",
    "distributions": "distribution_{}",
    "errors": "error_{}",
    "measures": "measure_{}",
    "recursion_misses": "recursion_misses_{}",
    "softirq_count": "softirq_{}_count",
    "softirq_ns": "softirq_{}_ns",
    "softirq_thread_count": "softirq_{}_thread_count",
    "softirq_thread_ns": "softirq_{}_thread_ns",
    "softirq_total": "softirq_{}_total",
    "stages": "stage_{}",
}
"""Names of columns that come from a mapping, where ``<name>_<key>`` would read badly."""
_KINDS: dict[object, Kind] = {int: Kind.INTEGER, float: Kind.NUMBER, bool: Kind.FLAG}
_LIST_END = "; "


def columns(header: RunHeader, records: Sequence[TrialRecord]) -> tuple[Column, ...]:
    """The table of a run: where and when first, then the records' own values.

    Args:
        header: ``run.json``.
        records: The latest record of each trial.

    Raises:
        BenchError: Two values of the run would come into columns of one name.
    """
    run = [Column(name, kind, (value,) * len(records)) for name, kind, value in _run(header)]
    found = (*run, *_of_class("", TrialRecord, records))
    twice = [name for name, count in Counter(column.name for column in found).items() if count > 1]
    if twice:
        raise BenchError(
            f"two values of run {header.run_id} would come into one column {twice[0]}",
            remedy="Rename one of them where it is recorded",
        )
    return found


def _run(header: RunHeader) -> Iterator[tuple[str, Kind, Value]]:
    yield "run_id", Kind.TEXT, printable(header.run_id)
    yield "run_sweep", Kind.TEXT, header.sweep.name
    yield "run_seed", Kind.INTEGER, header.seed
    yield "run_host", Kind.TEXT, _fact(header.host, "hostname")
    yield "run_kernel", Kind.TEXT, _fact(header.host, "kernel_release")
    yield "run_recording", Kind.FLAG, header.recording is not None
    yield "run_virtual", Kind.TEXT, header.virtual and str(header.virtual)


def _fact(host: Mapping[str, Any], name: str) -> str | None:
    return None if host.get(name) is None else printable(host[name])


_FLAGS, _OPTIONS = get_args(Flags)[0], get_args(Options)[0]
"""What the values of these axes are, whatever else is said of the field."""


def _of_class(name: str, cls: type, values: Sequence[Any]) -> Iterator[Column]:
    hints = get_type_hints(cls)
    for item in fields(cls):
        path = f"{name}_{item.name}" if name else item.name
        inner = [None if value is None else getattr(value, item.name) for value in values]
        if hints[item.name] == _FLAGS:
            texts = [None if flags is None else flags_text(flags) for flags in inner]
            yield Column(path, Kind.TEXT, tuple(texts))
        elif hints[item.name] == _OPTIONS:
            mappings = [None if pairs is None else dict(pairs) for pairs in inner]
            yield from _of_mapping(path, int | str, mappings)
        else:
            yield from _of_hint(path, _bare(hints[item.name]), inner)


def _of_hint(name: str, hint: Any, values: Sequence[Any]) -> Iterator[Column]:
    if isinstance(hint, type) and is_dataclass(hint):
        yield from _of_class(name, hint, values)
    elif (get_origin(hint) is dict and name in _NAMED) or hint == dict[str, int]:
        yield from _of_mapping(name, _bare(get_args(hint)[1]), values)
    else:
        yield _leaf(name, hint, values)


def _of_mapping(name: str, hint: Any, values: Sequence[Any]) -> Iterator[Column]:
    pattern = _NAMED.get(name, f"{name}_{{}}")
    for key in sorted({key for value in values if value for key in value}):
        inner = [value.get(key) if value else None for value in values]
        yield from _of_hint(pattern.format(re.sub(r"[^A-Za-z0-9]", "_", key)), hint, inner)


def _leaf(name: str, hint: Any, values: Sequence[Any]) -> Column:
    name = _UNITS.get(name, name)
    if hint in _KINDS:
        return Column(name, _KINDS[hint], tuple(values))
    if hint == int | float:
        numbers = [None if value is None else float(value) for value in values]
        return Column(name, Kind.NUMBER, tuple(numbers))
    if hint == int | str and all(isinstance(value, int | None) for value in values):
        return Column(name, Kind.INTEGER, tuple(values))
    if hint == list[str]:
        texts = [None if value is None else _LIST_END.join(value) for value in values]
        return Column(name, Kind.TEXT, tuple(texts))
    if get_origin(hint) in (list, dict):
        return Column(f"{name}_json", Kind.TEXT, tuple(map(_json, values)))
    return Column(name, Kind.TEXT, tuple(None if v is None else str(v) for v in values))


def _json(value: Any) -> str | None:
    return None if value is None else json.dumps(to_jsonable_python(value), ensure_ascii=False)


def _bare(hint: Any) -> Any:
    """A type without ``| None``."""
    if get_origin(hint) not in (Union, UnionType):
        return hint
    some = [part for part in get_args(hint) if part is not type(None)]
    return some[0] if len(some) == 1 else Union[tuple(some)]  # noqa: UP007 - made at run time
