"""One thing that would bite, and where the figure is from. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Hazard:
    """One thing that a user would meet, or was looked for in vain.

    Attributes:
        subject: What it is about; hazards of one subject are neighbours.
        text: What was found, with figures.
        source: Where these are: fields of records, or a file of answers.
        met: Whether it was found; else the text says why it is not known, or that it was not met.
        brief: The same for the answer on top; the text if empty.
        top: Whether the answer on top has it.
    """

    subject: str
    text: str
    source: str
    met: bool = True
    brief: str = ""
    top: bool = True
