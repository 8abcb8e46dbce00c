"""Commands in running text: each names commands, options, targets, files and variables."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from bench.cli.main import COMMANDS, cli
from tests.docs.pages import REPOSITORY, inline_code, pages

PAGES = [page for page in pages() if page.name != "CHANGELOG.md"]
OPTION = re.compile(r"--[a-z][a-z-]+")
VARIABLE = re.compile(r"-e (\w+)=")
OTHERS = ("make modules_install",)
"""Targets of other projects."""
OTHERS_OPTIONS = {"--check", "--limit", "--tags", "--system-site-packages", "--hosts"}
"""Options of ansible-playbook, python -m venv and tests/perf that stand alone in the text."""


def named(page: Path, pattern: str) -> list[str]:
    return [code for code in inline_code(page) if re.match(pattern, code)]


def options(name: str) -> set[str]:
    """Long options of a command."""
    command = cli.get_command(click.Context(cli), name)
    assert command, name
    words = [[*parameter.opts, *parameter.secondary_opts] for parameter in command.params]
    return {"--help"}.union(*words)


def each_page(function: object) -> object:
    return pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(REPOSITORY)))(
        function
    )


@each_page
def test_commands_of_bench_and_their_options_exist(page: Path) -> None:
    for code in named(page, r"bench [a-z]"):
        _, name, *words = shlex.split(code)
        mine = words[: words.index("--")] if "--" in words else words
        unknown = set(filter(OPTION.fullmatch, mine)) - options(name)
        assert not unknown, code


@each_page
def test_an_option_by_itself_is_one_of_some_command(page: Path) -> None:
    known = OTHERS_OPTIONS.union(*map(options, COMMANDS))
    assert [
        code for code in named(page, "--[a-z]") if re.split(r"[ =]", code)[0] not in known
    ] == []


@each_page
def test_targets_of_make_exist(page: Path) -> None:
    targets = re.findall(r"^([a-z-]+):", (REPOSITORY / "Makefile").read_text(), re.MULTILINE)
    codes = [code for code in named(page, "make [a-z]") if not code.startswith(OTHERS)]
    assert [code for code in codes if code.split()[1] not in targets] == []


@each_page
def test_scripts_and_playbooks_exist(page: Path) -> None:
    for code in named(page, r"(python|bash|ansible-playbook) |tests/perf/"):
        paths = [word for word in code.split() if re.search(r"\.(py|sh|yml)$|^\.ci/", word)]
        made = {"inventory/fleet.yml"}  # The reader's own, see docs/fleet.md.
        assert all((REPOSITORY / path).exists() for path in paths if path not in made), code


@each_page
def test_variables_of_playbooks_exist(page: Path) -> None:
    sources = [*REPOSITORY.glob("*.yml"), *REPOSITORY.glob("playbooks/**/*.yml")]
    known = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    names = [name for code in inline_code(page) for name in VARIABLE.findall(code)]
    assert [name for name in names if not re.search(rf"\b{name}\b", known)] == []
