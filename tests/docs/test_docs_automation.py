"""The recipes of docs/automation.md cannot be run here; each command and option in them exists."""

from __future__ import annotations

import re

import click
import pytest

from bench.cli.main import COMMANDS, cli
from bench.sweep.sweep_file import packaged_sweeps
from tests.docs.pages import REPOSITORY

PAGE = (REPOSITORY / "docs/automation.md").read_text()
CALL = re.compile(rf"\bbench ((?:{'|'.join(COMMANDS)})\b[^\n`]*)")
CALLS = [re.split(r"&&|\|\||>>", call)[0].strip() for call in CALL.findall(PAGE)]


def test_there_are_recipes_of_all_kinds() -> None:
    names = {call.split()[0] for call in CALLS}
    assert {"compare", "matrix", "instructions", "export", "publish"} <= names


@pytest.mark.parametrize("call", CALLS)
def test_commands_and_options_exist(call: str) -> None:
    command = cli.get_command(click.Context(cli), call.split()[0])
    assert command
    known = {option for p in command.params for option in (*p.opts, *p.secondary_opts)}
    assert set(re.findall(r"(?<!\S)--[a-z][a-z-]+", call)) <= known


def test_sweeps_and_variables_exist() -> None:
    assert set(re.findall(r"(?:--sweep |-e sweep=)(\w+)", PAGE)) <= packaged_sweeps().keys()
    roles = "".join(path.read_text() for path in REPOSITORY.glob("playbooks/**/*.yml"))
    for variable in re.findall(r"-e (\w+)=", PAGE):
        assert variable in roles
