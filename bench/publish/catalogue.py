"""The runs of a site, newest first, with what the index says of each. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import TypeAdapter

from bench.record import RunHeader, Status, TrialRecord, is_measurement
from bench.report.escape import printable
from bench.spec import Cell, Sweep
from bench.units import format_count, format_duration, format_percent

_SWEEP = TypeAdapter(Sweep)
_UNIMPORTANT = ("question", "seed")
"""Keys of a sweep that do not decide what is measured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One run.

    Attributes:
        path: Its folder.
        records: The latest record of each trial.
        warnings: What is wrong with its files.
    """

    path: Path
    header: RunHeader
    records: Sequence[TrialRecord]
    warnings: Sequence[str] = ()

    @property
    def id(self) -> str:
        """Name of its folder, and of its pages."""
        return self.path.name

    @property
    def date(self) -> str:
        """Day on which it started, UTC."""
        return self.header.started.partition("T")[0]

    @property
    def kernel(self) -> str:
        """Release of its kernel."""
        return printable(self.header.host.get("kernel_release") or "unknown")

    @property
    def host(self) -> str:
        """Host name, CPUs and hypervisor."""
        host = self.header.host
        cpus = f"CPUs {host['cpus_online']}" if host.get("cpus_online") else None
        guest = f"{self.header.virtual} guest" if self.header.virtual else None
        parts = (host.get("hostname"), host.get("cpu_model"), cpus, host.get("hypervisor"), guest)
        return ", ".join(printable(part) for part in parts if part) or "unknown"

    @property
    def ok(self) -> int:
        """Trials with status ``ok``."""
        return sum(record.status is Status.OK for record in self.records)

    @property
    def series(self) -> str:
        """The same for runs of the same sweep on the same host; part of a stable link."""
        sweep = _SWEEP.dump_python(self.header.sweep, mode="json")
        measured = {key: value for key, value in sweep.items() if key not in _UNIMPORTANT}
        host = [self.header.host.get(name) for name in ("hostname", "cpu_model", "cpus_online")]
        text = json.dumps([measured, host, self.header.virtual], sort_keys=True, default=str)
        return f"{self.header.sweep.name}-{hashlib.sha256(text.encode()).hexdigest()[:10]}"


@dataclass(frozen=True, slots=True)
class Headline:
    """One number of a run for the index: the range over its cells, as text."""

    title: str
    meaning: str
    text: Callable[[float | None], str]
    value: Callable[[TrialRecord], float | None]

    def of(self, entry: Entry) -> str:
        """Lowest to highest cell, each the median of its ok trials; ``-`` without any.

        Neither is there any for runs in emulated guests, whose time means nothing.
        """
        if not is_measurement(entry.header):
            return "-"
        medians = [
            float(np.median(values))
            for values in _by_cell(entry.records, self.value)
            if len(values)
        ]
        if not medians:
            return "-"
        low, high = self.text(min(medians)), self.text(max(medians))
        return low if low == high else f"{low} to {high}"


HEADLINES = (
    Headline(
        "p50 lateness",
        "callback time minus programmed expiry, median callback",
        format_duration,
        lambda record: record.lateness.p50_ns if record.lateness else None,
    ),
    Headline(
        "p99 lateness",
        "the same for the latest 1 % of callbacks",
        format_duration,
        lambda record: record.lateness.p99_ns if record.lateness else None,
    ),
    Headline(
        "callbacks/s",
        "callbacks that ran, per second",
        format_count,
        lambda record: record.callbacks.fired_hz if record.callbacks else None,
    ),
    Headline(
        "ksoftirqd CPU",
        "CPU time of all ksoftirqd threads as a share of all CPUs",
        format_percent,
        lambda record: record.ksoftirqd.cpu_share if record.ksoftirqd else None,
    ),
)


def _by_cell(
    records: Iterable[TrialRecord], value: Callable[[TrialRecord], float | None]
) -> Iterable[list[float]]:
    cells: dict[Cell, list[float]] = {}
    for record in records:
        number: Any = value(record) if record.status is Status.OK else None
        if number is not None:
            cells.setdefault(record.cell, []).append(number)
    return cells.values()


def newest_first(entries: Iterable[Entry]) -> list[Entry]:
    """By start, then by name."""
    return sorted(entries, key=lambda entry: (entry.header.started, entry.id), reverse=True)
