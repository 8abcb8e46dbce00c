from __future__ import annotations

import os
import runpy
import signal
import subprocess
import sys

import click
import pytest

import bench
from bench.cli.main import COMMANDS, cli, main
from bench.errors import BenchError, KernelRefusedError, UsageError
from bench.exits import Exit
from bench.identity import identity

Captured = pytest.CaptureFixture[str]
VERSION = f"bench, version {bench.__version__} (sources {identity().source_hash}"


def code_of(*words: str) -> object:
    with pytest.raises(SystemExit) as caught:
        main(words)
    return caught.value.code


def meet(monkeypatch: pytest.MonkeyPatch, outcome: object) -> object:
    """Exit code of a command that returns or raises ``outcome``."""

    def callback() -> object:
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome

    command = click.Command("meet", callback=callback)
    monkeypatch.setitem(cli.commands, "meet", command)
    return code_of("meet")


@pytest.mark.parametrize(
    ("outcome", "code"),
    [
        (None, 0),
        (0, 0),
        (1, 1),
        (BenchError("expected"), 4),
        (KernelRefusedError("refused", errno=1), 4),
        (UsageError("wrong value"), 2),
        (click.BadParameter("wrong value"), 2),
        (ZeroDivisionError("a bug"), 3),
        (OSError("not foreseen"), 4),
        (click.FileError("x"), 4),
        (Exit.UNANSWERED, 4),
        (KeyboardInterrupt(), 130),
        (click.Abort(), 130),
        (BrokenPipeError(), 4),
    ],
)
def test_each_outcome_has_its_exit_code(
    outcome: object, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert meet(monkeypatch, outcome) == code


def test_an_expected_failure_is_shown_without_a_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    meet(monkeypatch, BenchError("it broke", remedy="Mend it"))
    assert capsys.readouterr() == ("", "error: it broke\nnext:  Mend it\n")


def test_a_bug_says_so_and_shows_its_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    meet(monkeypatch, ZeroDivisionError("in [brackets]"))
    seen = capsys.readouterr()
    assert seen.err.startswith("This is a bug in bench.")
    assert "Traceback" in seen.err and "ZeroDivisionError: in [brackets]" in seen.err
    assert seen.out == ""


def test_an_interruption_says_so(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    meet(monkeypatch, KeyboardInterrupt())
    err = capsys.readouterr().err
    assert "Interrupted." in err and "Traceback" not in err


def raising(monkeypatch: pytest.MonkeyPatch, number: int) -> int:
    command = click.Command("meet", callback=lambda: signal.raise_signal(number))
    monkeypatch.setitem(cli.commands, "meet", command)
    return code_of("meet")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_being_told_to_end_is_an_interruption(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    assert raising(monkeypatch, number) == 130


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_what_was_ignored_at_the_start_stays_ignored(
    monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    signal.signal(number, signal.SIG_IGN)
    assert raising(monkeypatch, number) == 0


@pytest.mark.parametrize("words", [("nosuch",), ("run", "--nosuch"), ("run", "--resume"), ("-x",)])
def test_click_s_own_errors_exit_2_and_name_the_word(
    words: tuple[str, ...], capsys: Captured
) -> None:
    assert code_of(*words) == 2
    seen = capsys.readouterr()
    assert "Error: " in seen.err and words[-1] in seen.err and seen.out == ""


@pytest.mark.parametrize("words", [("--help",), ("run", "-h"), ("doctor", "--help")])
def test_help_exits_0(words: tuple[str, ...], capsys: Captured) -> None:
    assert code_of(*words) == 0
    assert capsys.readouterr().out.startswith("Usage: bench")


def test_version_is_the_package_s_and_says_which_code_it_is(capsys: Captured) -> None:
    assert code_of("--version") == 0
    assert capsys.readouterr().out.startswith(VERSION)


def test_the_module_is_the_command(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    monkeypatch.setattr(sys, "argv", ["whatever", "--version"])
    with pytest.raises(SystemExit) as caught:
        runpy.run_module("bench", run_name="__main__")
    assert caught.value.code == 0
    assert capsys.readouterr().out.startswith(VERSION)


IMPORTED = """
import contextlib, io, sys
import click, click.shell_completion
before = set(sys.modules)
from bench.cli.main import main
with contextlib.suppress(SystemExit):
    main(sys.argv[1:])
print(*(set(sys.modules) - before), file=sys.stderr)
"""


def imported(*words: str, **environment: str) -> set[str]:
    """Modules that a call needs beside those of click."""
    done = subprocess.run(
        [sys.executable, "-c", IMPORTED, *words],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
    )
    return set(done.stderr.split())


COMPLETION = {"_BENCH_COMPLETE": "bash_complete", "COMP_CWORD": "1"}
OWN = {
    "bench",
    "bench.cli",
    "bench.cli.main",
    "bench.cli.outline",
    "bench.cli.streams",
    "bench.error_file",
    "bench.errors",
    "bench.exits",
    "bench.json_text",
    "bench.signals",
}


@pytest.mark.parametrize(
    ("words", "environment"),
    [
        (["--help"], {}),
        ([], COMPLETION | {"COMP_WORDS": "bench "}),
        ([], COMPLETION | {"COMP_WORDS": "bench ru"}),
        ([], COMPLETION | {"COMP_WORDS": "bench --v"}),
        ([], COMPLETION | {"COMP_CWORD": "2", "COMP_WORDS": "bench run --ma"}),
        ([], COMPLETION | {"COMP_CWORD": "3", "COMP_WORDS": "bench export --format ha"}),
    ],
)
def test_help_and_completion_import_hardly_more_than_click(
    words: list[str], environment: dict[str, str]
) -> None:
    """Which modules, not how long they take: that depends on the machine and its neighbours."""
    found = imported(*words, **environment)
    assert {name for name in found if name.partition(".")[0] == "bench"} == OWN
    assert len(found - OWN) < 40
    assert not found & {"rich", "pydantic", "numpy", "yaml"}


def test_one_command_does_not_import_what_only_others_need() -> None:
    found = imported("demo", "--help")
    assert "bench.cli.demo" in found and not found & {"altair", "MLRsearch", "bench.cli.run"}


def test_every_command_is_found_by_its_name() -> None:
    context = click.Context(cli)
    for name in COMMANDS:
        command = cli.get_command(context, name)
        assert command and command.name == name
    assert cli.get_command(context, "nosuch") is None
