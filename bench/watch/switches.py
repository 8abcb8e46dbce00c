"""What is watched: each switch is a hook more, with a cost of its own."""

from __future__ import annotations

from dataclasses import dataclass

REQUEST = "on_request"
"""The hook that needs fentry, which some kernels refuse."""


@dataclass(frozen=True, slots=True)
class Switches:
    """What is watched beside expiries; each costs something at each of its events.

    Attributes:
        starts: Starts, push-backs and cancels.
        runs: Run times of callbacks.
        requests: How far ahead timers are asked for, and how soon they are queued then.
        sample: Record the lateness and venue of one callback in so many.
    """

    starts: bool = False
    runs: bool = False
    requests: bool = False
    sample: int = 1

    @property
    def programs(self) -> list[str]:
        """The hooks that are attached, in an order that misses no end of a begin."""
        begin = ["on_expiry_begin"] if self.starts or self.runs else ["on_expiry"]
        starts = ["on_start"] if self.starts or self.requests else []
        starts += ["on_cancel"] if self.starts else []
        ends = ["on_expiry_end"] if self.runs else []
        return [*ends, *starts, *begin, *([REQUEST] if self.requests else [])]
