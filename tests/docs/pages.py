"""The code blocks of the documentation, and what each says of how it is tested.

A block is run as it is printed, unless an HTML comment before it says otherwise:

    <!-- docs: nightly: REASON -->            run, but by `make nightly` only
    <!-- docs: exit 0 or 1: REASON -->        run, and may end with these codes
    <!-- docs: fresh: REASON -->              run in a clone that has no venv yet
    <!-- docs: output of COMMAND -->          not run; COMMAND prints exactly this
    <!-- docs: elsewhere FILE: REASON -->     not run here; FILE has each of its lines
    <!-- docs: example: REASON -->            not run

`nightly`, `exit` and `fresh` may stand together, joined by commas.
"""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

REPOSITORY = Path(__file__).resolve().parents[2]
DIRECTIVE = re.compile(r"<!-- docs: (?P<words>[^:]+)(: (?P<reason>.+?))? -->", re.DOTALL)
EXIT = re.compile(r"exit (\d+(?: or \d+)*)")
LANGUAGES = {"": "bash", "sh": "bash", "python": "python"}


class Fate(StrEnum):
    """What becomes of a block."""

    RUN = "run"
    NIGHTLY = "nightly"
    OUTPUT = "output of"
    ELSEWHERE = "elsewhere"
    EXAMPLE = "example"


@dataclass(frozen=True, slots=True)
class Directive:
    """What the comment before a block says.

    Attributes:
        fate: What becomes of it.
        about: The command of `output of`, the file of `elsewhere`.
        reason: Why it is not simply run.
        codes: The exit codes with which it may end.
        fresh: Whether it is typed where nothing has been made yet, not even the venv.
    """

    fate: Fate = Fate.RUN
    about: str = ""
    reason: str = ""
    codes: tuple[int, ...] = (0,)
    fresh: bool = False


@dataclass(frozen=True, slots=True)
class Block:
    """A code block of a page; an indented one is of language ``bash``."""

    page: Path
    line: int
    language: str
    text: str
    directive: Directive = field(default_factory=Directive)

    def __str__(self) -> str:
        return f"{self.page.relative_to(REPOSITORY)}:{self.line}"


def pages() -> list[Path]:
    """Every page in git, but the reports of published runs and tables, which bench writes."""
    listed = subprocess.run(
        ["git", "-C", REPOSITORY, "ls-files", "--cached", "--others", "--exclude-standard", "*.md"],
        check=True,
        capture_output=True,
        text=True,
    )
    written = re.compile(r"results/.+/|tests/golden/")
    names = sorted(set(listed.stdout.splitlines()))
    return [REPOSITORY / name for name in names if not written.match(name)]


def directive(comment: str) -> Directive:
    """Read a comment.

    Raises:
        ValueError: It is none of the forms above.
    """
    found = DIRECTIVE.fullmatch(comment.strip())
    if not found:
        raise ValueError(f"no directive of tests/docs/pages.py: {comment.strip()}")
    words, reason = found["words"].strip(), " ".join((found["reason"] or "").split())
    for fate in (Fate.OUTPUT, Fate.ELSEWHERE):
        if words.startswith(f"{fate} "):
            return Directive(fate, words.removeprefix(f"{fate} ").strip("`"), reason)
    if not reason:
        raise ValueError(f"a reason is missing: {comment.strip()}")
    if words == Fate.EXAMPLE:
        return Directive(Fate.EXAMPLE, reason=reason)
    return _run(words.split(", "), reason)


def _run(words: list[str], reason: str) -> Directive:
    fate, codes, fresh = Fate.RUN, (0,), False
    for word in words:
        if word == Fate.NIGHTLY:
            fate = Fate.NIGHTLY
        elif word == "fresh":
            fresh = True
        elif code := EXIT.fullmatch(word):
            codes = tuple(map(int, code[1].split(" or ")))
        else:
            raise ValueError(f"unknown word of a directive: {word}")
    return Directive(fate, reason=reason, codes=codes, fresh=fresh)


def tokens(page: Path) -> list[Token]:
    """A page, parsed as CommonMark with tables."""
    return MarkdownIt("commonmark").enable("table").parse(page.read_text(encoding="utf-8"))


def blocks(page: Path) -> list[Block]:
    """The code blocks of a page, fenced and indented, also within lists."""
    found, before = [], ""
    for token in tokens(page):
        if token.type in ("fence", "code_block") and token.map:
            said = directive(before) if before else Directive()
            language = LANGUAGES.get(token.info.strip(), token.info.strip())
            found.append(Block(page, token.map[0] + 1, language, token.content, said))
        comment = token.type == "html_block" and token.content.lstrip().startswith("<!-- docs:")
        before = token.content if comment else ""
    return found


def inline_code(page: Path) -> list[str]:
    """What stands between backticks in the text and the tables of a page."""
    children = [child for token in tokens(page) for child in token.children or ()]
    return [child.content for child in children if child.type == "code_inline"]
