"""How long arming an entry before the load takes on this host, as its trials have shown."""

from __future__ import annotations

from dataclasses import dataclass

from bench.programs.seeding import LEAD_NS, SEED_NS

MARGIN = 1.5
"""Allowance over what was seen: hosts are busier at times."""
DECAY = 0.8
"""Share of an allowance that the next one has at least: one quiet moment is no quiet host."""
LEAST_NS = 1_000
ENOUGH = 1_000
"""Entries from which the time is theirs and not that of the system calls."""


@dataclass(slots=True)
class SeedingPace:
    """Allowance for an entry: at first a usual one, then what trials took and some more.

    Attributes:
        entry_ns: Time that one entry may take.
    """

    entry_ns: int = SEED_NS

    def allowed_ns(self, entries: int) -> int:
        """Time from the begin of seeding to the first moment that an entry may expire."""
        return LEAD_NS + entries * self.entry_ns

    def saw(self, entries: int, took_ns: int) -> None:
        """Learn from a trial."""
        if entries >= ENOUGH:
            seen_ns = MARGIN * took_ns / entries
            self.entry_ns = int(max(seen_ns, DECAY * self.entry_ns, LEAST_NS))
