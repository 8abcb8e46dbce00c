"""Counted things in words."""

from __future__ import annotations


def plural(count: float, one: str, many: str = "") -> str:
    """The form of a word that goes with a count: ``trial`` or ``trials``.

    Args:
        count: How many.
        one: The form for exactly one.
        many: The form for all other counts; that of ``one`` with an ``s`` unless given.
    """
    return one if count == 1 else many or f"{one}s"


def counted(count: int, one: str, many: str = "") -> str:
    """A count with its noun: ``1 trial``, ``2 trials``, ``1,000 trials``."""
    return f"{count:,} {plural(count, one, many)}"
