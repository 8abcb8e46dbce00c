"""Man pages and completion are of all commands, complete, and understood by their readers."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import click
import pytest

from bench.cli.main import COMMANDS, cli
from bench.cli.manual import COMPLETIONS, files
from bench.cli.outline import outlines
from bench.cli.roff import HELP

FILES = dict(files())
PAGES = {Path(name).stem: text for name, text in FILES.items() if name.endswith(".1")}


def visible() -> list[str]:
    context = click.Context(cli)
    found = {name: cli.get_command(context, name) for name in COMMANDS}
    return [name for name, command in found.items() if command and not command.hidden]


def test_every_command_has_a_page_and_the_first_lists_them() -> None:
    assert set(PAGES) == {"bench", *(f"bench-{name}" for name in visible())}
    for name in outlines():
        assert f".B bench {name}\n" in PAGES["bench"]


@pytest.mark.parametrize("name", visible())
def test_a_page_has_every_option_that_help_has(name: str) -> None:
    command = cli.get_command(click.Context(cli), name)
    assert command
    page = PAGES[f"bench-{name}"].replace("\\-", "-")
    helped = set(
        re.findall(
            r"(?<![\w-])--[a-z][a-z-]+",
            command.get_help(click.Context(command, help_option_names=HELP)),
        )
    )
    assert helped - set(re.findall(r"--[a-z][a-z-]+", page)) == set()


@pytest.mark.parametrize("name", sorted(PAGES))
def test_a_page_is_roff_without_a_warning(name: str, tmp_path: Path) -> None:
    reader = shutil.which("mandoc") or shutil.which("groff")
    if reader is None:
        pytest.skip("neither mandoc nor groff is installed")
    page = tmp_path / f"{name}.1"
    page.write_text(PAGES[name], encoding="utf-8")
    words = [reader, "-Tlint"] if reader.endswith("mandoc") else [reader, "-man", "-Tutf8", "-ww"]
    done = subprocess.run([*words, str(page)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and done.stderr == ""


def test_no_line_is_a_request_by_accident() -> None:
    known = {".TH", ".SH", ".SS", ".PP", ".TP", ".B", ".nf", ".fi"}
    for text in PAGES.values():
        requests = {line.split()[0] for line in text.splitlines() if line[:1] in (".", "'")}
        assert requests <= known


@pytest.mark.parametrize("shell", sorted(COMPLETIONS))
def test_completion_is_a_script_that_the_shell_takes(shell: str, tmp_path: Path) -> None:
    text = FILES[COMPLETIONS[shell]]
    assert "_BENCH_COMPLETE" in text
    assert shutil.which(shell), f"{shell} is not installed: `make setup`"
    script = tmp_path / "bench"
    script.write_text(text, encoding="utf-8")
    subprocess.run([shell, "-n", str(script)], check=True, timeout=60)
