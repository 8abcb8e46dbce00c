"""What a fleet run is: hosts, each with the figures of the cells it measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bench.record import Status
from bench.spec import Cell


@dataclass(frozen=True, slots=True)
class CellFigures:
    """One cell on one host.

    Attributes:
        ok: Trials with status ``ok``; ``trials``: all that have a record.
        flagged: The figures come from invalid trials, because no trial was ``ok``.
        values: Median over the trials, by column of ``bench.quantities.columns``; None where no
            trial has a value.
    """

    ok: int
    trials: int
    flagged: bool
    values: tuple[float | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HostRun:
    """What one host contributed.

    Attributes:
        name: In the inventory, or else its host name.
        variables: Inventory variables that were kept, as text.
        facts: Its fingerprint, as text; empty when it has no run.
        run_id: None when it has no run.
        counts: Trials by status.
        planned: Trials of its run; 0 when it has none.
        finished: Whether the run was measured to its end.
        trouble: Why it has not what it should have; empty when all went well.
        load_hosts: Hosts that generated its load, when it was not itself.
        cells: Figures by cell.
    """

    name: str
    variables: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, str] = field(default_factory=dict)
    run_id: str | None = None
    counts: Mapping[Status, int] = field(default_factory=dict)
    planned: int = 0
    finished: bool = False
    trouble: str = ""
    load_hosts: tuple[str, ...] = ()
    cells: Mapping[Cell, CellFigures] = field(default_factory=dict)

    @property
    def missing(self) -> int:
        """Planned trials that have no record."""
        return max(self.planned - sum(self.counts.values()), 0)

    @property
    def state(self) -> str:
        """In one word: ``complete``, ``partial`` or ``nothing``."""
        if self.run_id is None:
            return "nothing"
        return "complete" if self.finished and not self.missing else "partial"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """A fleet run.

    Attributes:
        name: Its id, or what the user compares.
        hosts: In the inventory's order.
        warnings: What was wrong with files, for the reader.
    """

    name: str
    hosts: tuple[HostRun, ...]
    warnings: tuple[str, ...] = ()
