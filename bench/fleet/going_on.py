"""The command that goes on with a fleet run, from the one that was typed. Pure.

It works wherever it is typed, begins no other fleet run, and may be for all hosts instead of the
ones that somebody chose.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Sequence

import yaml

EXTRA = ("-e", "--extra-vars")
LIMIT = ("-l", "--limit")
NEW = "fleet_new"
_BUNDLE = re.compile("-([vbkKCDJ]*)([el])(.*)", re.DOTALL)
"""Short options in one word, of which only the last has a value, there or in the next word."""
_NEW_WORD = re.compile(rf"""(?:^|(?<=\s)){NEW}=("[^"]*"|'[^']*'|\S*)\s*""")


def going_on(words: Sequence[str], folder: str, *, limited: bool) -> str | None:
    """The command as somebody can type it anywhere.

    Args:
        words: As they were typed; none are known if empty.
        folder: Where: inventory, playbook, settings and files may be relative to it.
        limited: Whether a limit to some hosts stays.

    Returns:
        None if nothing is known.
    """
    if not words:
        return None
    kept = [word for option in _options(words) for word in _kept(option, limited=limited)]
    return f"cd {shlex.quote(folder)} && {shlex.join(kept)}"


def _options(words: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Words one by one; limits and variables, however they were written, as name and value."""
    left = iter(words)
    for word in left:
        name, separator, value = word.partition("=")
        if word in (EXTRA[1], LIMIT[1]):
            yield word, next(left, "")
        elif separator and name in (*EXTRA, *LIMIT):
            yield name, value
        elif bundle := _BUNDLE.fullmatch(word):
            flags, short, value = bundle.groups()
            if flags:
                yield (f"-{flags}",)
            yield f"-{short}", value or next(left, "")
        else:
            yield (word,)


def _kept(option: tuple[str, ...], *, limited: bool) -> tuple[str, ...]:
    if len(option) == 1 or (option[0] in LIMIT and limited):
        return option
    name, value = option
    value = "" if name in LIMIT else _without_new(value)
    return (name, value) if value else ()


def _without_new(variables: str) -> str:
    """Extra variables, as pairs or as a document, but for the one that begins a fleet run."""
    if NEW not in variables or variables.startswith("@"):
        return variables
    if not variables.lstrip().startswith("{"):
        return _NEW_WORD.sub("", variables).strip()
    known = yaml.safe_load(variables)
    left = {name: value for name, value in known.items() if name != NEW}
    return json.dumps(left) if left else ""
