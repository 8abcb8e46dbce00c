"""A run as OpenMetrics text: counters and gauges per trial, for Prometheus and its kin.

See https://prometheus.io/docs/specs/om/open_metrics_spec/. Durations become seconds there,
shares become ratios; the numbers and their names else follow the columns of the table.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bench.export.columns import Column, Kind, Value
from bench.units import NS_PER_S

PREFIX = "bpf_timer_bench_"
_UNITS = {
    "_ns": ("seconds", NS_PER_S),
    "_hz": ("hertz", 1),
    "_share": ("ratio", 1),
    "_bytes": ("bytes", 1),
    "_s": ("seconds", 1),
}
"""Ending of a column -> unit of its metric, and how many of the column's make one of it."""
_STATES = {"ledger_pending", "ledger_entries", "ledger_unmatched", "reserve_objects"}
"""Integers that are no count of events, and so gauges."""
_RENAMED = {"load_connections_total": "load_connections_whole_trial"}
"""``_total`` is what OpenMetrics appends to every counter."""
_IDENTITY = {"format", "trial", "block", "status"}
_ALWAYS = {"cell_program", "cell_engine", "cell_map_size", "cell_timeout_ns", "cell_load_hz"}
_UNFIT = ("_hdr", "_json")


@dataclass(frozen=True, slots=True)
class _Metric:
    name: str
    kind: str
    unit: str
    divisor: int


def openmetrics_text(table: Sequence[Column]) -> str:
    """All numbers of a run; ends in ``# EOF``.

    A sample is labelled with run, host, trial, block, status, and with the parameters of the
    cell that the trials differ in. ``trial_info`` has all parameters.
    """
    rows = _labels([column for column in table if _is_label(column)])
    lines = [*_info(table)]
    for column in table:
        if _is_metric(column):
            lines += _family(column, rows)
    return "\n".join([*lines, "# EOF", ""])


def _is_metric(column: Column) -> bool:
    named = column.name.startswith(("cell_", "run_")) or column.name in _IDENTITY
    return column.kind is not Kind.TEXT and not named


def _is_label(column: Column) -> bool:
    if column.name.startswith("cell_"):
        return column.name in _ALWAYS or len(set(column.values)) > 1
    return column.name in {"fleet_host", "run_id", "run_host", "trial", "block", "status"}


def _labels(columns: Sequence[Column]) -> list[str]:
    names = [_label_name(column.name) for column in columns]
    rows = zip(*(column.values for column in columns), strict=True)
    return [_label_set(names, row) for row in rows]


def _label_name(column: str) -> str:
    short = {"run_id": "run", "run_host": "host", "run_kernel": "kernel"}
    return short.get(column, column.removeprefix("cell_"))


def _label_set(names: Sequence[str], values: Sequence[Value]) -> str:
    known = zip(names, values, strict=True)
    return ",".join(f'{name}="{_quoted(value)}"' for name, value in known if value is not None)


def _quoted(value: Value) -> str:
    return str(value).replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def _info(table: Sequence[Column]) -> Iterator[str]:
    """One line per trial with every text of its record and every parameter of its cell."""
    labelled = [
        column
        for column in table
        if (column.kind is Kind.TEXT and not column.name.endswith(_UNFIT))
        or column.name.startswith(("cell_", "run_"))
        or column.name in _IDENTITY
    ]
    # Prometheus' older format, which node_exporter reads from files, has no type "info".
    name = f"{PREFIX}trial_info"
    yield f"# TYPE {name} gauge"
    yield f"# HELP {name} What the trial measured, where, and how it ended."
    for labels in _labels(labelled):
        yield f"{name}{{{labels}}} 1"


def _family(column: Column, rows: Sequence[str]) -> Iterator[str]:
    metric = _metric(column)
    yield f"# TYPE {metric.name} {metric.kind}"
    if metric.unit:
        yield f"# UNIT {metric.name} {metric.unit}"
    yield f"# HELP {metric.name} Column {column.name} of the exported table."
    suffix = "_total" if metric.kind == "counter" else ""
    for labels, value in zip(rows, column.values, strict=True):
        if isinstance(value, int | float):
            yield f"{metric.name}{suffix}{{{labels}}} {_number(value, metric.divisor)}"


def _metric(column: Column) -> _Metric:
    name = _RENAMED.get(column.name, column.name)
    for ending, (unit, divisor) in _UNITS.items():
        if name.endswith(ending):
            return _Metric(f"{PREFIX}{name.removesuffix(ending)}_{unit}", "gauge", unit, divisor)
    counts = column.kind is Kind.INTEGER and column.name not in _STATES
    return _Metric(PREFIX + name, "counter" if counts else "gauge", "", 1)


def _number(value: int | float | bool, divisor: int) -> str:
    try:
        return repr(value / divisor if divisor > 1 else value + 0)
    except OverflowError:  # An integer that no float can hold: somebody made it up.
        return repr(value // divisor)
