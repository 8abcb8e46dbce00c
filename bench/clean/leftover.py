"""One thing that its owner, which is dead, cannot remove any more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Leftover:
    """A thing and who made it.

    Attributes:
        kind: What it is, in the singular.
        name: Its path, name or number.
        pid: Of the process that made it.
        remove: Removes it; harmless if somebody else has by now.
    """

    kind: str
    name: str
    pid: int
    remove: Callable[[], None] = field(compare=False, repr=False)

    def __str__(self) -> str:
        """``network namespace btb-12-0-c of process 12``."""
        return f"{self.kind} {self.name} of process {self.pid}"
