"""What a fleet run is: hosts, each with the figures of the cells it measured."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from bench.analysis.estimate import Estimate
from bench.analysis.provenance import Trouble
from bench.record import Status
from bench.spec import Cell


class State(StrEnum):
    """How far a host, or a fleet run, has come; the records decide, and nobody else's word.

    What went wrong beside the records, such as tuning that could not be put back, is a
    *trouble* and changes no state.
    """

    NOT_MEASURED = "not measured"
    """No play has asked this host yet: ``--limit`` left it out, or it has not been its turn."""
    NOTHING = "nothing"
    """It was asked, and there is no record."""
    PARTIAL = "partial"
    """A planned trial has no record."""
    WITH_FAILURES = "with failures"
    """Every planned trial has a record; at least one failed, or somebody disturbed it."""
    COMPLETE = "complete"
    """Every planned trial was measured, and judged; none is to be measured once more."""


def state_of_run(
    planned: int, counts: Mapping[Status, int], *, finished: bool, disturbed: int = 0
) -> State:
    """State of a host that has a run.

    Args:
        planned: Trials of the sweep.
        counts: Latest records by status, one for each trial.
        finished: Whether the run was measured to its end.
        disturbed: Trials that are invalid because somebody meddled with the host.
    """
    recorded = sum(counts.values())
    if not recorded:
        return State.NOTHING
    if recorded < planned or not finished:
        return State.PARTIAL
    return State.WITH_FAILURES if counts.get(Status.FAILED, 0) + disturbed else State.COMPLETE


def state_of_fleet(states: Collection[State]) -> State:
    """State of a fleet run from those of its hosts: complete only if all of them are."""
    found = set(states)
    if found <= {State.NOT_MEASURED}:
        return State.NOT_MEASURED
    if found <= {State.NOT_MEASURED, State.NOTHING}:
        return State.NOTHING
    if found <= {State.COMPLETE, State.WITH_FAILURES}:
        return State.WITH_FAILURES if State.WITH_FAILURES in found else State.COMPLETE
    return State.PARTIAL


@dataclass(frozen=True, slots=True)
class CellFigures:
    """One cell on one host.

    Attributes:
        ok: Trials with status ``ok``; ``trials``: all that have a record.
        flagged: The figures come from invalid trials, because no trial was ``ok``.
        estimates: By column of ``bench.quantities.columns``; None where no trial has a value.
    """

    ok: int
    trials: int
    flagged: bool
    estimates: tuple[Estimate | None, ...]

    @property
    def values(self) -> tuple[float | None, ...]:
        """Median over the trials, by column."""
        return tuple(known.median if known else None for known in self.estimates)

    def counted(self, number: int) -> float | None:
        """The median of one column; None also where it is from invalid trials."""
        found = None if self.flagged else self.estimates[number]
        return found.median if found else None


@dataclass(frozen=True, slots=True, kw_only=True)
class HostRun:
    """What one host contributed.

    Attributes:
        name: In the inventory, or else its host name.
        variables: Inventory variables that were kept, as text.
        facts: Its fingerprint, tools and observer, as text; empty when it has no run.
        run_id: None when it has no run.
        folder: Where its run is.
        counts: Trials by status.
        disturbed: Those of them that are invalid because somebody meddled with the host.
        planned: Trials of its run; 0 when it has none.
        finished: Whether the run was measured to its end.
        trouble: Why it has not what it should have; empty when all went well.
        remedy: The command that goes on with this host, if it is not the fleet's.
        spoilt: Trials that failed or do not count, failed ones first; of many, the first.
        load_hosts: Hosts that generated its load, when it was not itself.
        cells: Figures by cell.
    """

    name: str
    variables: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, str] = field(default_factory=dict)
    run_id: str | None = None
    folder: Path | None = None
    counts: Mapping[Status, int] = field(default_factory=dict)
    disturbed: int = 0
    planned: int = 0
    finished: bool = False
    trouble: str = ""
    remedy: str = ""
    spoilt: tuple[Trouble, ...] = ()
    load_hosts: tuple[str, ...] = ()
    cells: Mapping[Cell, CellFigures] = field(default_factory=dict)

    @property
    def has_record(self) -> bool:
        """Whether any trial has one."""
        return self.state not in (State.NOT_MEASURED, State.NOTHING)

    @property
    def missing(self) -> int:
        """Planned trials that have no record."""
        return max(self.planned - sum(self.counts.values()), 0)

    @property
    def spoilt_count(self) -> int:
        """Trials that failed or do not count, those that are not listed too."""
        return sum(count for status, count in self.counts.items() if status is not Status.OK)

    @property
    def state(self) -> State:
        """How far it has come; without a run, its trouble says whether it was asked."""
        if self.run_id is None:
            return State.NOTHING if self.trouble else State.NOT_MEASURED
        return state_of_run(
            self.planned, self.counts, finished=self.finished, disturbed=self.disturbed
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """A fleet run.

    Attributes:
        name: Its id, or what the user compares.
        hosts: In the inventory's order.
        warnings: What was wrong with files, for the reader.
        sweep: What was measured; empty for runs that no playbook made.
        started: Time stamps, empty where unknown, as is ``finished``.
        command: The command that goes on with all hosts.
        machines: Hosts that its runs are of, where each of ``hosts`` stands for a run that the
            user named; None where each is a host of the inventory.
    """

    name: str
    hosts: tuple[HostRun, ...]
    warnings: tuple[str, ...] = ()
    sweep: str = ""
    started: str = ""
    finished: str = ""
    command: str = ""
    machines: int | None = None

    @property
    def each(self) -> str:
        """What one of ``hosts`` is for the reader: ``host``, or ``run`` if a host has several."""
        several = self.machines is not None and self.machines < len(self.hosts)
        return "run" if several else "host"

    @property
    def state(self) -> State:
        """How far all hosts together have come."""
        return state_of_fleet([host.state for host in self.hosts])
