"""The words of an answer that a reader cannot know, explained before they are used. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bench.analysis.answers.question import Sentence
from bench.analysis.figure_text import WITHIN_NOISE
from bench.programs.registry import PROGRAMS
from bench.spec import ENGINES

Words = tuple[tuple[str, str], ...]
"""Each word with its meaning."""

_TERMS = (
    ("cell", r"\bcells?\b", "one combination of settings, measured several times"),
    ("live", r"\blive\b", "timers alive at once, connections/s times timeout"),
    ("lateness", r"\blateness\b", "callback time minus programmed expiry"),
    ("ksoftirqd", r"\bksoftirqd\b", "kernel thread that runs callbacks where softirqs pile up"),
    (
        WITHIN_NOISE,
        WITHIN_NOISE + r"|-[0-9.]+[a-zµ%]*\u2013",
        "the interval spans zero: no difference to no timers is shown, whatever the median's sign",
    ),
    (
        "(a\u2013b)",
        r"\([+-]?[0-9.]+[a-zA-Zµ%]*\u2013",
        "interval that holds the median of repeated runs with a chance of about 95 %",
    ),
    ("-", r" - \(", "no figure, why in brackets"),
    *((name, rf"\b{name}\b", engine.facts.meaning) for name, engine in ENGINES.items()),
    *((name, rf"\b{name}\b", program.meaning) for name, program in PROGRAMS.items()),
)
"""Word, pattern by which it is found, and meaning: those of engines and programs are declared
with them.
"""


def gloss(sentences: Sequence[Sentence]) -> Words:
    """Words that these sentences use, in the order above."""
    return words_in("\n".join(text for each in sentences for text in each.texts))


def words_in(text: str) -> Words:
    """The same of any text."""
    return tuple((word, meaning) for word, pattern, meaning in _TERMS if re.search(pattern, text))


def gloss_text(words: Words) -> str:
    """Words with their meanings as one sentence; empty without any."""
    return f"Words: {'; '.join(f'{word}: {meaning}' for word, meaning in words)}." if words else ""
