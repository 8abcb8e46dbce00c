"""Exit codes mean the same in every command, whatever it met."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import click
import pytest

from bench.cli import console as consoles
from bench.cli.demo import exit_code
from bench.cli.main import COMMANDS, cli, main
from bench.demo.account import Summary
from bench.demo.program import Tally
from bench.errors import BenchError, KernelRefusedError, UsageError
from bench.exits import Exit
from bench.store.disk import sync_folder
from tests.running import running

Captured = pytest.CaptureFixture[str]
TOP = Path(__file__).resolve().parents[3]
OUTCOMES = {
    "nothing": (None, 0),
    "good": (Exit.GOOD, 0),
    "bad": (Exit.BAD, 1),
    "unanswered": (Exit.UNANSWERED, 4),
    "usage": (UsageError("x"), 2),
    "click's usage": (click.BadParameter("x"), 2),
    "click's other errors": (click.FileError("x"), 4),
    "expected": (BenchError("x"), 4),
    "kernel": (KernelRefusedError("x", errno=1), 4),
    "host": (OSError(5, "Input/output error"), 4),
    "memory": (MemoryError(), 3),
    "bug": (ZeroDivisionError("x"), 3),
    "interrupted": (KeyboardInterrupt(), 130),
    "reader gone": (BrokenPipeError(), 4),
}
NO_RUN = "/dev/null/run"


def leaves() -> dict[str, click.Command]:
    """Every command that can be called, by its words."""
    context, found = click.Context(cli), {}
    for name in COMMANDS:
        command = cli.get_command(context, name)
        assert command
        parts = command.commands if isinstance(command, click.Group) else {"": command}
        found |= {f"{name} {part}".strip(): each for part, each in parts.items()}
    return found


LEAVES = leaves()
GONE: dict[str, list[str]] = {
    "compare": [NO_RUN, NO_RUN],
    "export": [NO_RUN, "--format", "csv"],
    "fleet": ["finish", NO_RUN],
    "publish": [NO_RUN, "--output", "/dev/null/site"],
    "report": [NO_RUN],
    "run": ["--resume", NO_RUN, "--dry-run"],
}
"""Arguments that name what does not exist, of commands that read."""


def code_of(*words: str) -> object:
    with pytest.raises(SystemExit) as caught:
        main(words)
    return caught.value.code


@pytest.mark.parametrize("outcome", OUTCOMES)
@pytest.mark.parametrize("name", LEAVES)
def test_each_outcome_has_one_code_in_every_command(
    name: str, outcome: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    result, code = OUTCOMES[outcome]

    def callback(**given: object) -> object:
        if isinstance(result, BaseException):
            raise result
        return result

    monkeypatch.setattr(LEAVES[name], "params", [])
    monkeypatch.setattr(LEAVES[name], "callback", callback)
    assert code_of(*name.split()) == code


@pytest.mark.parametrize("name", LEAVES)
def test_an_unknown_option_is_wrong_usage_in_every_command(name: str) -> None:
    assert code_of(*name.split(), "--nosuch") == 2


@pytest.mark.parametrize("name", GONE)
def test_what_does_not_exist_is_no_bad_answer(name: str, capsys: Captured) -> None:
    assert code_of(name, *GONE[name]) in (2, 4)
    assert NO_RUN in " ".join(capsys.readouterr().err.split())


Full = Callable[[str], None]


@pytest.fixture
def full(monkeypatch: pytest.MonkeyPatch) -> Iterator[Full]:
    """Puts a full disk behind a stream."""
    with ExitStack() as opened:

        def fill(stream: str) -> None:
            file = opened.enter_context(open("/dev/full", "w", encoding="utf-8"))
            monkeypatch.setattr(sys, stream, file)
            consoles.console.cache_clear()
            consoles.error_console.cache_clear()

        yield fill


@pytest.mark.parametrize("name", LEAVES)
def test_a_full_disk_behind_stdout_is_an_ordinary_error_in_every_command(
    name: str, full: Full, capsys: Captured
) -> None:
    full("stdout")
    assert code_of(*name.split(), "--help") == 4
    assert capsys.readouterr().err == (
        "error: cannot write to standard output: No space left on device\n"
        "next:  Free space where it goes, or send it elsewhere\n"
    )


@pytest.mark.parametrize("words", [["--list"], ["--list", "--json"], ["--quick", "--dry-run"]])
def test_a_full_disk_is_met_before_the_interpreter_ends(words: list[str]) -> None:
    """Whatever is still in memory then would be an error of Python's, with a code of its own."""
    with open("/dev/full", "w", encoding="utf-8") as out:
        done = subprocess.run(
            [sys.executable, "-m", "bench", "run", *words],
            stdout=out, stderr=subprocess.PIPE, text=True, check=False, cwd=TOP,
        )  # fmt: skip
    assert done.returncode == 4
    assert done.stderr.startswith("error: cannot write to standard output: No space left")
    assert "Traceback" not in done.stderr and "Exception ignored" not in done.stderr


def test_a_reader_that_has_seen_enough_gets_no_message() -> None:
    command = [sys.executable, "-m", "bench", "run", "--list"]
    with running(command, stderr=subprocess.PIPE, cwd=TOP) as process:
        assert process.stdout and process.stderr
        process.stdout.close()
        assert process.stderr.read() == ""
        assert process.wait() == 4


def test_a_closed_stdout_is_refused_before_anything_takes_its_place() -> None:
    done = subprocess.run(
        ["sh", "-c", 'exec "$@" >&-', "sh", sys.executable, "-m", "bench", "run", "--list"],
        capture_output=True, text=True, check=False, cwd=TOP,
    )  # fmt: skip
    assert done.returncode == 4
    assert done.stderr.startswith("error: standard output is closed\nnext:  Send it to a file")


@pytest.mark.parametrize(
    "words", [("compare", "a", "b", "--fail-on", "{}"), ("run", "--{}"), ("{}",)]
)
def test_click_quotes_a_line_at_most_too(words: tuple[str, ...], capsys: Captured) -> None:
    text = "user:x:" * 300
    assert code_of(*(word.replace("{}", text) for word in words)) == 2
    said = capsys.readouterr().err
    assert "user:x:" in said and len(said) < 600


def test_where_stderr_is_full_the_code_is_left(full: Full) -> None:
    full("stderr")
    assert code_of("run") == 2
    assert code_of("run", "--nosuch") == 2


def test_an_error_of_the_host_names_what_was_tried_and_the_next_step(
    monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    def fail(**given: object) -> None:
        sync_folder(Path("/nonexistent/file"))

    monkeypatch.setitem(cli.commands, "doctor", click.Command("doctor", callback=fail))
    assert code_of("doctor") == 4
    said = capsys.readouterr().err
    assert "cannot finish bench doctor: /nonexistent/file: No such file or directory" in said
    assert "  in sync_folder, " in said and "next:  See what bench doctor" in said
    assert "bug" not in said and "Traceback" not in said


def summary(**changes: Any) -> Summary:
    counts = dict.fromkeys(("armed", "failed", "init_retried", "uncollected"), 0)
    tally = Tally(met=2, fired=2, **counts | changes.pop("tally", {}))
    return Summary(
        **{"connections": 1, "pairs": 2, "by_venue": {}, "lateness": None, "lost_lines": 0}
        | {"tally": tally} | changes
    )  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, Exit.GOOD),
        ({"pairs": 1}, Exit.BAD),
        ({"pairs": 1, "lost_lines": 1}, Exit.UNANSWERED),
        ({"lost_lines": 1, "tally": {"failed": 1}}, Exit.BAD),
    ],
)
def test_lines_that_the_kernel_lost_are_no_bad_answer_of_a_demo(
    changes: dict[str, Any], code: Exit
) -> None:
    assert exit_code(summary(**dict(changes))) is code
