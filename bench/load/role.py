"""What the generator's main loop expects of a role, and the counting both roles share."""

from __future__ import annotations

from typing import Protocol

from bench.errors import errno_name
from bench.load.messages import Command, Event

BUDGET_NS = 2_000_000
"""Longest time a role works before commands are looked at again."""


class Role(Protocol):
    """One side of the load; only :meth:`work` and :meth:`handle` touch the network."""

    def fileno(self) -> int:
        """An epoll descriptor, readable when :meth:`work` has something to do."""
        ...

    def handle(self, command: Command) -> Event | None:
        """Obey; None when the answer comes later from :meth:`work`.

        Raises:
            BenchError: The command does not fit the role or its present state.
        """
        ...

    def work(self) -> tuple[float | None, Event | None]:
        """Do what is due, for about BUDGET_NS at most.

        Returns:
            Seconds after which there is more to do even if no descriptor becomes ready
            (0 = at once, None = never), and the answer to an earlier command if it is ready.
        """
        ...


def count_errno(counts: dict[str, int], number: int) -> None:
    """Add one occurrence under the errno's name."""
    name = errno_name(number)
    counts[name] = counts.get(name, 0) + 1
