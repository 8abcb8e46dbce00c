"""Where in report.md the figures of a line of the answer are: links to its headings. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum

from bench.analysis.answers.question import Sentence
from bench.analysis.effect_text import LOSSES
from bench.words.escape import Markdown, escape


class Heading(StrEnum):
    """Headings of report.md that a line leads to, beside those of programs and of effects."""

    PRODUCTION = "What would bite you in production"
    OWN = "What programs and engines measured themselves"
    COSTS = "What a timer costs in all"
    KNEES = "Where ksoftirqd takes over"


PLACES: Mapping[str, tuple[str, ...]] = {
    "alternatives": (Heading.COSTS, "tcp"),
    "decision": (Heading.COSTS,),
    "venues": (Heading.KNEES,),
    "load": (LOSSES, "tcp"),
    "own": (Heading.OWN,),
    "production": (Heading.PRODUCTION,),
}
"""Headings by the section of a line, best first; of other lines it is the first table of cells."""


def linked(
    sentences: Sequence[Sentence], headings: Sequence[str]
) -> list[tuple[Markdown, Sentence]]:
    """Each line with its subject as a link.

    Args:
        sentences: The answer.
        headings: Those that the report has; the first stands in for others.
    """
    return [(_subject(sentence, headings), sentence) for sentence in sentences]


def _subject(sentence: Sentence, headings: Sequence[str]) -> Markdown:
    text = escape(sentence.subject)
    if not headings:
        return text
    wanted = (place for place in PLACES.get(sentence.section, ()) if place in headings)
    place = next(wanted, headings[0])
    return Markdown(f"[{text}](#{anchor(place)})")


def anchor(heading: str) -> str:
    """What GitHub and others make of a heading: lower case, no punctuation, hyphens for blanks."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")
