"""A command whose help has its options in groups, by what they are about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import click

OTHER = "Other options"


class Grouped(click.Command):
    """Shows its options under a heading for each group, in the order of the groups.

    Args:
        arguments: Of any command.
        groups: Names of parameters by heading; those of no group come last.
        named: Of any command.
    """

    def __init__(self, *arguments: Any, groups: Mapping[str, Sequence[str]], **named: Any) -> None:
        """Remember the groups."""
        super().__init__(*arguments, **named)
        self.groups = groups

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """As of any command, but under several headings."""
        rows = {p.name: row for p in self.get_params(ctx) if (row := p.get_help_record(ctx))}
        grouped = [name for names in self.groups.values() for name in names]
        rest = [str(name) for name in rows if name not in grouped]
        for heading, names in {**self.groups, OTHER: rest}.items():
            shown = [rows[name] for name in names if name in rows]
            if shown:
                with formatter.section(heading):
                    formatter.write_dl(shown)
