"""The runs of a site, newest first, with what the index says of each. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter

from bench.analysis.estimate import by_cell, shown
from bench.fleet.model import Fleet
from bench.fleet.words import counts
from bench.quantities.callbacks import FIRED, P50, P99
from bench.quantities.cpu import KSOFTIRQD_CPU
from bench.quantities.quantity import Quantity
from bench.record import Status
from bench.spec import Cell, Engine, Sweep
from bench.store.run import Run
from bench.words.escape import printable

_SWEEP = TypeAdapter(Sweep)
_UNIMPORTANT = ("question", "seed")
"""Keys of a sweep that do not decide what is measured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry(Run):
    """One run, in the words of the index."""

    @property
    def id(self) -> str:
        """Name of its folder, and of its pages."""
        return self.path.name

    @property
    def date(self) -> str:
        """Day and minute in which it started, UTC: several runs may be of one day."""
        return self.header.started[:16].replace("T", " ")

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
    def is_recording(self) -> bool:
        """Whether ``bench watch`` recorded it: it has no trials, and is compared with nothing."""
        return self.header.recording is not None

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
class FleetEntry:
    """One fleet run.

    Attributes:
        path: Its folder.
        fleet: What its hosts measured.
    """

    path: Path
    fleet: Fleet

    @property
    def id(self) -> str:
        """Name of its folder, and of its pages."""
        return self.path.name

    @property
    def date(self) -> str:
        """Day on which it started, UTC."""
        return self.fleet.started.partition("T")[0] or "-"

    @property
    def hosts(self) -> str:
        """How many hosts are in which state."""
        return counts(self.fleet).rstrip(".")

    @property
    def kernels(self) -> str:
        """Releases of the kernels of its hosts."""
        found = (host.facts.get("kernel_release") for host in self.fleet.hosts)
        return ", ".join(dict.fromkeys(printable(name) for name in found if name)) or "-"

    @property
    def ok(self) -> int:
        """Trials with status ``ok``, of all hosts."""
        return sum(host.counts.get(Status.OK, 0) for host in self.fleet.hosts)

    @property
    def planned(self) -> int:
        """Trials that its hosts planned."""
        return sum(host.planned for host in self.fleet.hosts)

    @property
    def runs(self) -> list[tuple[str, str]]:
        """Host and run, as its folder in that of the fleet run, of each that has one."""
        known = [(host.name, host.folder) for host in self.fleet.hosts if host.folder]
        return [(name, f"{name}/{folder.name}") for name, folder in known]


HEADLINES = (P50, P99, FIRED, KSOFTIRQD_CPU)
"""Numbers of a run for the index."""


def over_cells(quantity: Quantity, entry: Entry) -> str:
    """Lowest to highest cell of bpf_timer, each the median of its trials; ``-`` without any.

    Controls and other engines are other questions, and would widen every range.

    Neither is there any for runs in emulated guests, whose time means nothing.
    """
    if not entry.measured:
        return "-"
    cells = [shown(trials) for cell, trials in by_cell(entry.records).items() if _counts(cell)]
    found = [known.median for each in cells if each.ok and (known := each.estimate(quantity))]
    if not found:
        return "-"
    low, high = quantity.text(min(found)), quantity.text(max(found))
    return low if low == high else f"{low} to {high}"


def _counts(cell: Cell) -> bool:
    return cell.control is None and cell.engine is Engine.BPF_TIMER


def newest_first(entries: Iterable[Entry]) -> list[Entry]:
    """By start, then by name."""
    return sorted(entries, key=lambda entry: (entry.header.started, entry.id), reverse=True)
