"""Find what dead owners left, and remove it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from bench.clean.kinds import KINDS
from bench.clean.leftover import Leftover
from bench.errors import BenchError

Kind = Callable[[], Iterator[Leftover]]


@dataclass(frozen=True, slots=True)
class Kept:
    """A leftover that could not be removed, and why."""

    leftover: Leftover
    why: str


def found(kinds: Sequence[Kind] = KINDS) -> list[Leftover]:
    """Everything whose owner is dead, in the order in which it can be removed.

    Nothing of a process that lives is among it, and nothing whose name is not ours.
    """
    return [leftover for kind in kinds for leftover in kind()]


def removed(leftovers: Sequence[Leftover]) -> tuple[list[Leftover], list[Kept]]:
    """Remove each; those that are gone, and those that could not be removed."""
    gone, kept = [], []
    for leftover in leftovers:
        try:
            leftover.remove()
            gone.append(leftover)
        except (OSError, BenchError) as error:
            kept.append(Kept(leftover, str(error)))
    return gone, kept


def clean_up(say: Callable[[str], None]) -> None:
    """What every run does before it begins; it says what it removed."""
    gone, kept = removed(found())
    for leftover in gone:
        say(f"removed {leftover}, which ended without removing it")
    for item in kept:
        say(f"cannot remove {item.leftover}: {item.why}")
