"""Options that take several values in a row, as in ``--base A B --new C D``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import click


class Lists(click.Command):
    """A command whose repeatable options with the metavar ``RUN...`` need to be written once."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As of any command, with the option put before each further value."""
        options = {
            name
            for parameter in self.params
            if isinstance(parameter, click.Option) and parameter.metavar == "RUN..."
            for name in parameter.opts
        }
        return super().parse_args(ctx, list(repeated(args, options)))


def repeated(words: Sequence[str], options: set[str]) -> Iterator[str]:
    """The words with one of the options before each of its values."""
    option, is_value = "", False
    for word in words:
        if word.startswith("-"):
            option, is_value = (word if word in options else ""), False
        elif option and is_value:
            yield option
        else:
            is_value = bool(option)
        yield word
