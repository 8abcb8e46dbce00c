"""Runs are read without what measures: no libbpf, no BCC, no root."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bench.record import RunHeader, TrialRecord
from bench.store import RunFolder

MEASURING = (
    *(f"bench.{room}" for room in (
        "libbpf", "load", "flood", "observers", "host", "drivers", "engines", "trial", "campaign",
        "capacity", "demo", "doctor", "guest", "limits", "matrix",
    )),
    "bcc",
    "MLRsearch",
)  # fmt: skip
COMMAND = f"""
import os, sys
from importlib.abc import MetaPathFinder

class Refuse(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name in {MEASURING!r}:
            raise ImportError(f"reading imports {{name}}, which measures")

sys.meta_path.insert(0, Refuse())
os.geteuid = lambda: 1000
from bench.cli.main import main
main(sys.argv[1:])
"""


@pytest.fixture
def run(tmp_path: Path, header: RunHeader, make_record: Callable[..., TrialRecord]) -> RunFolder:
    """A finished run below ``results``."""
    folder = RunFolder.create(tmp_path / "results", replace(header, trials_planned=3))
    for trial in (1, 2, 3):
        folder.append(make_record(trial))
    return folder.finish()


@pytest.fixture
def fleet(tmp_path: Path, run: RunFolder) -> Path:
    """A fleet of one host, which has that run."""
    folder = tmp_path / "fleet"
    (folder / "vm").mkdir(parents=True)
    (folder / "vm" / run.path.name).symlink_to(run.path)
    content = {"format": 1, "fleet_id": "f1", "started": "x", "finished": None, "sweep": "s"}
    hosts = {"vm": {"variables": {}, "trouble": None}}
    (folder / "fleet.json").write_text(json.dumps(content | {"hosts": hosts}))
    return folder


def bench_without_measuring(*words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", COMMAND, *words],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "which measures" not in done.stderr, done.stderr
    assert done.returncode in (0, 4), done.stderr  # Three trials cannot tell much.
    return done.stdout


@pytest.mark.parametrize(
    "words",
    [
        "report RESULTS/RUN --output OUT",
        "compare RESULTS/RUN RESULTS/RUN --fail-on never",
        "export RESULTS/RUN --format csv",
        "export RESULTS/RUN --format openmetrics",
        "publish RESULTS --site OUT",
        "fleet sweep quick",
        "fleet judge FLEET",
        "report FLEET --output OUT",
    ],
)
def test_a_command_that_reads_runs_imports_nothing_that_measures(
    words: str, run: RunFolder, fleet: Path, tmp_path: Path
) -> None:
    places = {"RESULTS": run.path.parent, "RUN": run.path.name, "FLEET": fleet}
    for name, place in (places | {"OUT": tmp_path / "out"}).items():
        words = words.replace(name, str(place))
    assert bench_without_measuring(*words.split())
