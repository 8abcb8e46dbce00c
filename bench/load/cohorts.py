"""Connections of a running client by when they were due: between which two snapshots.

What became of the connections that were due in a window is known only when the last of them has
been answered or given up, so each is counted with those of its own time, whenever it ends.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from bench.load.messages import DueReport
from bench.load.recorder import DelayRecorder


@dataclass(slots=True)
class Cohort:
    """Connections that were due after one instant and until the next cohort's.

    Attributes:
        after_ns: They are due later than this.
        due_before: Connections that were due until then.
    """

    after_ns: int
    due_before: int
    attempted: int = 0
    connected: int = 0
    delays: DelayRecorder = field(default_factory=DelayRecorder)


class Cohorts:
    """All cohorts of a load, one more with each snapshot."""

    def __init__(self) -> None:
        """Begin with the load."""
        self._all = [Cohort(after_ns=-1, due_before=0)]

    def of(self, intended_ns: int) -> Cohort:
        """The cohort of a connection; most are of the newest."""
        return next(each for each in reversed(self._all) if intended_ns > each.after_ns)

    def report(self, due: int) -> tuple[DueReport, ...]:
        """What became of each so far, oldest first, when ``due`` connections have been due."""
        until = [later.due_before for later in self._all[1:]] + [due]
        return tuple(
            DueReport(
                intended=end - each.due_before,
                attempted=each.attempted,
                connected=each.connected,
                delays=each.delays.report(),
            )
            for each, end in zip(self._all, until, strict=True)
        )

    def begin(self, now_ns: int, due: int) -> None:
        """What is due after this instant is of a new cohort."""
        self._all.append(Cohort(after_ns=now_ns, due_before=due))
