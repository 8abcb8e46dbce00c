"""What documentation and help texts tell to make in a checkout does not dirty it."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from bench.cli.main import COMMANDS, cli
from bench.cli.report import SEVERAL

TOP = Path(__file__).resolve().parents[2]
PAGES = (TOP / "README.md", TOP / "CONTRIBUTING.md", *sorted((TOP / "docs").glob("*.md")))
MADE = re.compile(r"\bbench [^\n]*?(?:--output|-o|--sweep| >) ?(?P<path>[a-z][\w./-]*[./][\w/]*)")


def documented() -> Iterator[str]:
    for page in PAGES:
        yield from (found["path"] for found in MADE.finditer(page.read_text(encoding="utf-8")))
    for name in COMMANDS:
        command = cli.get_command(click.Context(cli), name)
        assert command
        yield from (found["path"] for found in MADE.finditer(command.help or ""))
    yield f"{SEVERAL}/"


PATHS = sorted(set(documented()))


def test_paths_are_found() -> None:
    assert {"site/", "report/", "curves/", "my-sweep.yaml", "trials.csv"} <= set(PATHS)


@pytest.mark.parametrize("path", PATHS)
def test_a_documented_output_is_ignored(path: str) -> None:
    if (TOP / path).exists() and not path.endswith("/"):
        return  # An example of what is there.
    git = ["git", "-c", f"safe.directory={TOP}", "-C", str(TOP)]
    done = subprocess.run([*git, "check-ignore", "-q", path], check=False)
    assert done.returncode == 0, f"git does not ignore {path}; add it to .gitignore"
