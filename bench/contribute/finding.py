"""One thing that is not as it has to be, and where it stands."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """Why a run is not taken.

    Attributes:
        place: File and, of records, trial and field.
        problem: What is wrong there, with the value seen.
    """

    place: str
    problem: str

    def __str__(self) -> str:
        """One line."""
        return f"{self.place}: {self.problem}"
