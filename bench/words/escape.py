"""Text for Markdown: whatever a host name or an error message holds stays plain text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container, Iterable, Sequence

_HTML = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
# An underscore between letters never is emphasis on GitHub, so names stay readable.
_SPECIAL = re.compile(r"[\\`*|\[\]#~$]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")


class Markdown(str):
    """Text that is Markdown already and must not be escaped again."""

    __slots__ = ()


def _visible(text: str) -> str:
    return "".join("\ufffd" if unicodedata.category(c) in ("Cc", "Cs") else c for c in text)


def printable(text: object) -> str:
    """One line without control characters, which become U+FFFD; white space becomes a blank."""
    return _visible(" ".join(str(text).split()))


def escape(text: object) -> Markdown:
    """Plain text as one line of Markdown; :class:`Markdown` passes unchanged."""
    if isinstance(text, Markdown):
        return text
    html = "".join(_HTML.get(char, char) for char in printable(text))
    return Markdown(_SPECIAL.sub(lambda match: "\\" + match[0], html))


def fenced(text: str, language: str = "") -> Markdown:
    """A code block; its fence is longer than any run of backticks within."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    lines = "\n".join(_visible(line) for line in text.splitlines())
    return Markdown(f"{fence}{language}\n{lines}\n{fence}")


def table(
    titles: Sequence[str], rows: Iterable[Sequence[str]], *, right: int | Container[int] = 0
) -> Markdown:
    """A table; columns from number ``right`` on, or those numbers, are flush right."""
    numeric = range(right, len(titles)) if isinstance(right, int) else right
    rules = ["---:" if number in numeric else "---" for number in range(len(titles))]
    body = [[escape(cell) for cell in row] for row in rows]
    lines: list[Sequence[str]] = [[escape(title) for title in titles], rules, *body]
    return Markdown("\n".join(f"| {' | '.join(line)} |" for line in lines))
