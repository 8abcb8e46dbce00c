"""``outline.json`` is what the commands are; write it again with ``UPDATE_GOLDEN=1``."""

from __future__ import annotations

import os

import click
import pytest

from bench.cli.main import COMMANDS, cli
from bench.cli.outline import FILE, outline_of, outlines, stand_in, written


def real(name: str) -> click.Command:
    command = cli.get_command(click.Context(cli), name)
    assert command
    return command


def test_the_file_is_made_from_the_commands() -> None:
    visible = {name: real(name) for name in COMMANDS if not real(name).hidden}
    text = written({name: outline_of(command) for name, command in visible.items()})
    if os.environ.get("UPDATE_GOLDEN"):
        FILE.write_text(text, encoding="utf-8")
    assert FILE.read_text(encoding="utf-8") == text, "write it again with UPDATE_GOLDEN=1"


@pytest.mark.parametrize("name", COMMANDS)
def test_a_stand_in_has_the_parameters_of_its_command(name: str) -> None:
    found, command = stand_in(name), real(name)
    assert found.hidden is command.hidden
    if not command.hidden:
        assert outline_of(found) == outline_of(command)


def test_no_option_has_a_form_that_the_file_does_not_know() -> None:
    options = [p for name in outlines() for p in real(name).params if isinstance(p, click.Option)]
    assert len(options) > 50
    assert not [p.name for p in options if p.secondary_opts or p.nargs != 1 or p.count]
