"""One name and one way to write a value for one thing, in all commands."""

from __future__ import annotations

import re
from collections.abc import Iterator

import click
import pytest

from bench.cli.main import COMMANDS, cli
from bench.cli.options import sweep_of
from bench.cli.renamed import Now, Renaming
from bench.cli.types import Parsed
from bench.errors import UsageError

KINDS = {
    "--timeout": "duration",
    "--duration": "duration",
    "--wait-nmi": "duration",
    "--memory": "size",
    "--connections": "count",
    "--load": "count",
    "--push-backs": "count",
    "--min": "count",
    "--max": "count",
    "--threshold": "share",
    "--points": "share",
    "--alpha": "share",
}
SWEEP = {"ab", "run", "capacity"}
"""Commands whose other options are axes and keys of a sweep, which bench.spec parses."""
INTERNAL = {"fleet"}


def options() -> Iterator[tuple[str, click.Option]]:
    context = click.Context(cli)
    for name in set(COMMANDS) - INTERNAL:
        command = cli.get_command(context, name)
        assert command
        yield from ((name, p) for p in command.params if isinstance(p, click.Option))


OPTIONS = list(options())


def test_no_option_is_a_number_without_a_unit() -> None:
    floats = [(c, o.opts) for c, o in OPTIONS if isinstance(o.type, click.types.FloatParamType)]
    assert floats == []


@pytest.mark.parametrize("name", KINDS)
def test_an_option_of_a_kind_is_parsed_as_such(name: str) -> None:
    found = [(c, o) for c, o in OPTIONS if name in o.opts]
    assert found
    for command, option in found:
        by_sweep = command in SWEEP and not isinstance(option.type, Parsed)
        assert by_sweep or option.type.name == KINDS[name], (command, name)


def test_one_name_has_one_shape_in_all_commands() -> None:
    seen: dict[str, set[tuple[object, ...]]] = {}
    for command, option in OPTIONS:
        kind = option.type.name if isinstance(option.type, click.Path | Parsed) else ""
        of_sweep = command in SWEEP and option.opts[0] in KINDS
        shape = (bool(option.is_flag), "" if of_sweep else kind)
        if not of_sweep:
            seen.setdefault(option.opts[0], set()).add(shape)
    assert {name: shapes for name, shapes in seen.items() if len(shapes) > 1} == {}


@pytest.mark.parametrize("name", ["timeout", "duration"])
def test_sweeps_take_and_refuse_the_same_durations(name: str) -> None:
    assert sweep_of(None, {"program": "resident", name: "10ms"})
    with pytest.raises(UsageError, match=r"no known unit|not allowed"):
        sweep_of(None, {"program": "resident", name: "10"})


def test_results_and_output_are_what_folders_and_files_are_called() -> None:
    paths = {(command, o.opts[0]) for command, o in OPTIONS if isinstance(o.type, click.Path)}
    assert {name for _, name in paths} == {
        "--results", "--output", "--resume", "--load-identity", "--base", "--new", "--openmetrics",
        "--warmup-of", "--against", "--table",
    }  # fmt: skip
    outputs = [o.opts for _, o in OPTIONS if "--output" in o.opts]
    assert len(outputs) == 7 and all(opts == ["--output", "-o"] for opts in outputs)


def renamed() -> Iterator[tuple[str, str, Now]]:
    context = click.Context(cli)
    for name in COMMANDS:
        command = cli.get_command(context, name)
        if isinstance(command, Renaming):
            yield from ((name, old, now) for old, now in command.was.items())


@pytest.mark.parametrize(("name", "old", "now"), list(renamed()))
def test_what_was_is_still_taken_and_not_shown(
    name: str, old: str, now: Now, capsys: pytest.CaptureFixture[str]
) -> None:
    command = cli.get_command(click.Context(cli), name)
    assert isinstance(command, Renaming)
    value = "600" if now.unit else ",".join(now.words) or "x"
    now_value = value + now.unit if now.unit else ",".join(now.words.values()) or "x"
    for words in ([old, value], [f"{old}={value}"]):
        new = command.make_context(name, [now.name, now_value], resilient_parsing=True)
        found = command.make_context(name, [*words], resilient_parsing=True)
        assert found.params == new.params
        assert now.name in capsys.readouterr().err
    shown = re.findall(r"--[a-z-]+", command.get_help(click.Context(command)))
    assert now.name in shown and (old == now.name or old not in shown)


def test_words_of_a_command_within_the_command_stay() -> None:
    command = cli.get_command(click.Context(cli), "matrix")
    assert command
    words = ["--kernel", "host", "--", "run", "--timeout", "5", "--out"]
    assert command.make_context("matrix", words).params["command"] == tuple(words[3:])


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("5", "has no known unit for a duration"),
        ("x", "is not a duration"),
        ("0", "'0' is less than 1ns"),
        ("2d", "'2d' is more than 1d"),
    ],
)
def test_a_wrong_duration_says_what_is_wrong(text: str, problem: str) -> None:
    command = cli.get_command(click.Context(cli), "demo")
    assert command
    with pytest.raises(click.BadParameter, match=problem):
        option = next(p for p in command.params if p.name == "duration_ns")
        option.type.convert(text, option, None)
