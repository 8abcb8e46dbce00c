"""Text in a run that could be more than text: HTML, control characters, ways out of a folder."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bench.contribute.finding import Finding
from bench.errors import quoted
from bench.words.plurals import counted

LONGEST = 20_000
"""Characters; a verifier's log in a record is cut off earlier."""
LARGEST = 2**64
"""Counters and seeds have 64 bits."""


def of_words(document: Any, place: str) -> Iterator[Finding]:
    """Go through all strings of a JSON document, keys included, and its numbers."""
    if isinstance(document, str):
        problem = _problem(document)
        if problem:
            yield Finding(place, f"{problem}: {quoted(document)}")
    elif isinstance(document, int | float):
        if not -LARGEST <= document <= LARGEST:
            yield Finding(place, f"a number that nobody measured: {quoted(str(document))}")
    elif isinstance(document, Mapping):
        for key, value in document.items():
            yield from of_words(key, f"{place}: a key")
            yield from of_words(value, f"{place}.{key}"[:200])
    elif isinstance(document, list):
        for number, value in enumerate(document):
            yield from of_words(value, f"{place}[{number}]")


def _problem(text: str) -> str:
    if len(text) > LONGEST:
        return f"text of {counted(len(text), 'character')}"
    if "<" in text and ">" in text:
        return "text that could be HTML"
    if any(not character.isprintable() and character not in "\n\t" for character in text):
        return "text with control characters"
    return "text that leads out of a folder" if "../" in text else ""
