"""What the release before took: names and bare numbers, still understood but not shown.

To be removed with the next release, together with the ``was=`` of commands.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import click

_NUMBER = re.compile(r"[0-9]*\.?[0-9]+\Z")


@dataclass(frozen=True, slots=True)
class Now:
    """What an option is now: its name, the unit that a bare number had, and other words."""

    name: str
    unit: str = ""
    words: Mapping[str, str] = field(default_factory=dict)


SWEEPS = {"--phase": Now("--phase", words={"spread": "even"})}
"""What options that describe a sweep took."""


class Renaming(click.Command):
    """A command that says what an option is called or written like now, and goes on.

    Args:
        arguments: Of any command.
        was: Former options.
        named: Of any command.
    """

    def __init__(self, *arguments: Any, was: Mapping[str, Now], **named: Any) -> None:
        """Remember what there was."""
        super().__init__(*arguments, **named)
        self.was = was

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As of any command, after translation."""
        return super().parse_args(ctx, list(_translated(args, self.was)))


def _translated(words: Sequence[str], was: Mapping[str, Now]) -> Iterator[str]:
    before: Now | None = None
    for number, word in enumerate(words):
        if word == "--":
            yield from words[number:]
            return
        option, equals, value = word.partition("=")
        if before is not None:
            yield _value(before, word)
            before = None
        elif now := was.get(option):
            if option != now.name:
                _warn(f"{option} is called {now.name}")
            yield now.name + (f"={_value(now, value)}" if equals else "")
            before = None if equals else now
        else:
            yield word


def _value(now: Now, value: str) -> str:
    words = value.split(",")
    for was in dict.fromkeys(word for word in words if word in now.words):
        _warn(f"{was} of {now.name} is called {now.words[was]}")
    return _with_unit(now, ",".join(now.words.get(word, word) for word in words))


def _with_unit(now: Now, value: str) -> str:
    if not (now.unit and _NUMBER.match(value)):
        return value
    _warn(f"write {now.name} with its unit, as {value}{now.unit}")
    return value + now.unit


def _warn(text: str) -> None:
    click.echo(f"warning: {text}; the next release will no longer take what was", err=True)
