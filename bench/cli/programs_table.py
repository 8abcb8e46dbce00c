"""``bench run --list``: what can be measured, from the registry of programs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.markup import escape
from rich.table import Table

from bench.programs.base import Program
from bench.programs.registry import PROGRAMS
from bench.spec import Option
from bench.words.axes import option_value


def programs_table() -> Table:
    """Programs with their engines, maps, flags and own axes, for the terminal."""
    table = Table(title="Programs", title_justify="left", show_lines=True)
    for title in ("program", "engines", "map types", "flags", "options, with defaults"):
        table.add_column(title, overflow="fold")
    for program in PROGRAMS.values():
        table.add_row(
            program.name,
            "\n".join(program.engines),
            "\n".join(program.map_types),
            "\n".join(program.flags) or "-",
            escape("\n".join(_option_text(option) for option in _options(program))) or "-",
        )
    return table


def programs_document() -> dict[str, Any]:
    """The same for ``--json``."""
    return {program.name: _entry(program) for program in PROGRAMS.values()}


def _entry(program: Program) -> dict[str, Any]:
    return {
        "meaning": program.meaning,
        "hooks": list(program.hooks),
        "engines": list(program.engines),
        "map_types": list(program.map_types),
        "outer_maps": list(program.outer_maps),
        "flags": list(program.flags),
        "timeout_shapes": list(program.timeout_shapes),
        "options": {
            option.name: {"default": option.default, "meaning": option.meaning}
            for option in _options(program)
        },
        "measures": list(program.measures),
        "distributions": list(program.distributions),
    }


def _options(program: Program) -> Sequence[Option]:
    of_engines = (option for each in program.engines for option in each.facts.options)
    by_name = {option.name: option for option in (*program.options, *of_engines)}
    return [option for option in by_name.values() if not option.hidden]


def _option_text(option: Option) -> str:
    default = option_value(option.name, option.default)
    return f"{option.name} [{default}]: {option.meaning}"
