"""Where in a page a line of the answer leads to. Pure."""

from __future__ import annotations

from bench.analysis.answers.question import Sentence
from bench.analysis.production.registry import SECTION as PRODUCTION

_OWN_NAME = (PRODUCTION, "numbers")
"""Parts of a page that are not made of charts."""


def anchor_of(line: Sentence) -> str:
    """The part that shows it; where nothing could be drawn, the line that says why."""
    return line.section if line.section in _OWN_NAME else f"{line.section}-section"
