"""The answer of a run as lines of a terminal: no word and no figure is broken. Pure."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence

from rich.console import Console
from rich.text import Text

from bench.analysis.answers.gloss import gloss, gloss_text
from bench.analysis.answers.question import Sentence
from bench.words.escape import printable

_TOGETHER = "\N{NO-BREAK SPACE}%"
TITLE = "The answer"


def print_answer(console: Console, sentences: Sequence[Sentence]) -> None:
    """Print the lines under their title, then their words, as wide as the console."""
    if not sentences:
        return
    console.print()
    console.print(Text(TITLE, style="bold"))
    for sentence in sentences:
        bold = " ".join(filter(None, [f"{sentence.subject}.", sentence.verdict]))
        _print(console, _headed(printable(bold), printable(sentence.text), console.width))
        for part in sentence.parts:
            _print(console, map(_plain, wrapped(printable(part), console.width, "  - ", "    ")))
    if words := gloss_text(gloss(sentences)):
        _print(console, map(_plain, wrapped(printable(words), console.width, "", "  ")))


def _headed(bold: str, text: str, width: int) -> Iterator[Text]:
    """A paragraph whose beginning is bold, over as many lines as that takes."""
    left = len(bold)
    for line in wrapped(f"{bold} {text}", width, "", "  "):
        shown = Text(line, no_wrap=True)
        start = len(line) - len(line.lstrip())
        shown.stylize("bold", start, min(start + left, len(line)))
        left = max(left - len(line.lstrip()) - 1, 0)
        yield shown


def print_lines(console: Console, lines: Iterable[str]) -> None:
    """Print paragraphs; what is indented stays so where it takes several lines."""
    for line in lines:
        indent = " " * (len(line) - len(line.lstrip()))
        words = printable(line)
        _print(console, map(_plain, wrapped(words, console.width, indent, f"{indent}  ") or [""]))


def wrapped(text: str, width: int, first: str, others: str) -> list[str]:
    """A paragraph in lines; a word that is longer than a line stays whole."""
    lines = textwrap.wrap(
        text.replace(" %", _TOGETHER),
        width,
        initial_indent=first,
        subsequent_indent=others,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [line.replace(_TOGETHER, " %") for line in lines]


def _plain(line: str) -> Text:
    return Text(line, no_wrap=True)


def _print(console: Console, lines: Iterable[Text]) -> None:
    for line in lines:
        console.print(line, soft_wrap=True)
