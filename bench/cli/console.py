"""Consoles: results on stdout, everything else on stderr."""

from __future__ import annotations

import json
import sys
from functools import cache
from typing import Any

from rich.console import Console
from rich.text import Text

from bench.errors import BenchError, visible
from bench.report.terminal import console_for
from bench.words.plurals import counted

DETAIL_LINES = 40


@cache
def console() -> Console:
    """Standard output; plain when it is not a terminal; respects NO_COLOR."""
    return console_for(sys.stdout)


@cache
def error_console() -> Console:
    """Standard error, for progress, messages and errors."""
    return Console(stderr=True, highlight=False, emoji=False)


def say(line: str) -> None:
    """Print one line of plain text on stderr."""
    error_console().print(visible(line), markup=False, soft_wrap=True)


def show_error(error: BenchError) -> None:
    """Print what failed, the end of the evidence, and the next step."""
    out = error_console()
    out.print(Text("error: ", style="bold red").append(error.problem, style="not bold default"))
    lines = error.detail.strip().splitlines()
    if len(lines) > DETAIL_LINES:
        out.print(f"  ... {counted(len(lines) - DETAIL_LINES, 'line')} before these:", markup=False)
    for line in lines[-DETAIL_LINES:]:
        out.print(Text("  " + line), soft_wrap=True)
    if error.remedy:
        out.print(Text("next:  ", style="bold").append(error.remedy, style="not bold"))


def print_json(document: Any) -> None:
    """Print one JSON document on stdout and nothing else."""
    json.dump(document, sys.stdout, indent=2, ensure_ascii=False)
    sys.stdout.write("\n")
