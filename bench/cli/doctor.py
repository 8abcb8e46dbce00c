"""``bench doctor``: what this host can and cannot measure."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path

import click
from rich.text import Text

from bench.cli.common import json_option, results_option
from bench.cli.console import console, print_json
from bench.doctor.catalogue import catalogue
from bench.doctor.probe import Finding, Health, examine
from bench.exits import exit_of
from bench.host.exclusive import LOCKED as BTF_LOCK
from bench.host.exclusive import sole_measurement

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
            _show(finding)
    return exit_of(bad=missing)


def _show(finding: Finding) -> None:
    line = Text(f"{finding.health:<8}", style=_STYLES[finding.health])
    line.append(f"{finding.name:<28}", style="bold default")
    line.append(finding.seen, style="not bold default")
    console().print(line, soft_wrap=True)
    if finding.health is not Health.OK:
        console().print(Text(f"{'':8}blocks: {finding.blocks}"), soft_wrap=True)
        if finding.remedy:
            console().print(Text(f"{'':8}remedy: {finding.remedy}"), soft_wrap=True)
