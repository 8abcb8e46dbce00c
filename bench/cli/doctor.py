"""``bench doctor``: what this host can and cannot measure."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path

import click
from rich.console import Console
from rich.text import Text

from bench.cli.common import json_option, results_option
from bench.cli.console import console, print_json
from bench.doctor.catalogue import catalogue
from bench.doctor.probe import Finding, Health, examine
from bench.exits import exit_of
from bench.host.exclusive import LOCKED as BTF_LOCK
from bench.host.exclusive import sole_measurement
from bench.report.answer_lines import wrapped
from bench.report.sheet import NARROW

_STYLES = {Health.OK: "green", Health.LIMITED: "yellow", Health.MISSING: "bold red"}


@click.command()
@results_option("Folder for run folders, whose free space is checked.")
@json_option
def doctor(*, results: Path, as_json: bool) -> int:
    """Try every capability on this host and say what each gap blocks.

    Exit code 1 if something without which nothing can be measured is missing.
    """
    lock = sole_measurement() if BTF_LOCK.exists() else nullcontext()
    with lock:  # A measurement would disturb the probes, and they the measurement.
        findings = examine(catalogue(results))
    missing = any(finding.health is Health.MISSING for finding in findings)
    if as_json:
        print_json({"usable": not missing, "findings": [asdict(item) for item in findings]})
    else:
        for finding in findings:
            show(console(), finding)
    return exit_of(bad=missing)


_HEALTH, _NAME = 8, 28
"""Columns of a finding's health, and of its name where there is room for a third column."""


def show(out: Console, finding: Finding) -> None:
    """A finding; what was seen goes below its name where it is long or the terminal narrow."""
    head = f"{finding.health:<{_HEALTH}}{finding.name:<{_NAME}}"
    apart = out.width < NARROW
    first, *more = wrapped(
        finding.name if apart else f"{finding.name:<{_NAME}}{finding.seen}",
        out.width,
        f"{finding.health:<{_HEALTH}}",
        " " * (_HEALTH if apart else len(head)),
    )
    line = Text(first, no_wrap=True)
    line.stylize(_STYLES[finding.health], 0, _HEALTH)
    line.stylize("bold", _HEALTH, min(len(head.rstrip()), len(first)))
    lines = [line, *map(Text, more)]
    for label, text in _below(finding, seen=apart):
        lines += map(Text, wrapped(f"{label}{text}", out.width, " " * _HEALTH, " " * (_HEALTH + 2)))
    for each in lines:
        out.print(each, soft_wrap=True)


def _below(finding: Finding, *, seen: bool) -> Iterator[tuple[str, str]]:
    if seen:
        yield "", finding.seen
    if finding.health is not Health.OK:
        yield "blocks: ", finding.blocks
        if finding.remedy:
            yield "remedy: ", finding.remedy
