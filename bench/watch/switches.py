"""What is watched: each switch is a hook more, with a cost of its own."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Switches:
    """What is watched beside expiries; each costs something at each of its events.

    Attributes:
        starts: Starts, push-backs and cancels.
        runs: Run times of callbacks.
        sample: Record the lateness and venue of one callback in so many.
    """

    starts: bool = False
    runs: bool = False
    sample: int = 1

    @property
    def programs(self) -> list[str]:
        """The hooks that are attached, in an order that misses no end of a begin."""
        begin = ["on_expiry_begin"] if self.starts or self.runs else ["on_expiry"]
        starts = ["on_start", "on_cancel"] if self.starts else []
        return [*(["on_expiry_end"] if self.runs else []), *starts, *begin]
