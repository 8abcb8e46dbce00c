"""What the exit code of every command means; docs/exit-codes.md says it to users."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """An exit code, the same in every command."""

    GOOD = 0
    """Answered, and the answer is good."""
    BAD = 1
    """Answered, and the answer is bad: a regression, a goal missed, a finding. Nothing else."""
    USAGE = 2
    """The request itself is wrong."""
    BUG = 3
    """A bug of bench."""
    UNANSWERED = 4
    """Not answered: unreadable or unfinished input, too little data, an error of the host."""
    INTERRUPTED = 130
    """Ended by the user or by a signal."""


def exit_of(*, bad: bool = False, unanswered: bool = False) -> Exit:
    """The code of an answer: bad news counts also where it is not all of the answer.

    Args:
        bad: Something of it is bad.
        unanswered: Something of it is missing.
    """
    if bad:
        return Exit.BAD
    return Exit.UNANSWERED if unanswered else Exit.GOOD


BISECT = "--bisect"
"""The option of commands that can end with these codes instead."""
SKIP = 125
"""What ``git bisect run`` takes for "this commit cannot be tested"."""


def of_bisect(code: int) -> int:
    """The code of a command for ``git bisect run``: good, bad; anything else is to be skipped."""
    return code if code in (Exit.GOOD, Exit.BAD) else SKIP
