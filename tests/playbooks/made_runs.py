"""Runs that playbooks find, made of the records of a real one."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from tests.playbooks.playing import REPOSITORY

REAL = REPOSITORY / "tests/data/aa/base"
HOSTS = "sut:\n  hosts:\n    sut1: {ansible_host: 192.0.2.1}\n"
"""Nobody needs to reach it."""


def fleet_run(tmp_path: Path, measured: str | None, *lacking: str) -> Path:
    """A fleet run of sut1, which has a run, and of hosts that lack one."""
    fleet = tmp_path / "results/20260101T000000Z-fleet-quick"
    shutil.copytree(REAL, fleet / "sut1/20260101T000000Z-sut1-quick")
    record = {
        "format": 1,
        "fleet_id": fleet.name,
        "started": "2026-01-01T00:00:00Z",
        "measured": measured,
        "finished": None,
        "sweep": "quick",
        "hosts": {"sut1": {}} | {host: {} for host in lacking},
    }
    (fleet / "fleet.json").write_text(json.dumps(record))
    (tmp_path / "fleet.yml").write_text(HOSTS)
    return fleet


def slower(base: Path, copy: Path) -> None:
    """The run once more, with every callback ten times as late."""
    shutil.copytree(base, copy)
    header = json.loads((copy / "run.json").read_text())
    (copy / "run.json").write_text(json.dumps(header | {"run_id": "slower"}))
    records = [json.loads(line) for line in (copy / "trials.jsonl").read_text().splitlines()]
    for record in records:
        late = record["lateness"] or {}
        late |= {key: 10 * late[key] for key in ("p50_ns", "p99_ns") if late.get(key)}
    (copy / "trials.jsonl").write_text("".join(json.dumps(one) + "\n" for one in records))
