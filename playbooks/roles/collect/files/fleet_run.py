"""The controller's record of a fleet run, ``fleet.json``: which hosts, and what became of them.

    fleet_run.py begin RESULTS <QUESTION     begin a fleet run, or continue one
    fleet_run.py end FOLDER <QUESTION        write down what became of its hosts

The question is a JSON object on standard input; the answer goes to standard output.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

FORMAT = 1
FILE = "fleet.json"
SAME = ("sweep", "sweep_sha256", "wheel_sha256", "arguments")
"""A fleet run is continued only if these are as they were."""


def begin(results: Path, asked: dict[str, Any]) -> dict[str, Any]:
    """Continue the newest unfinished fleet run of the same sweep and tool, or begin one."""
    sweep = Path(asked["sweep"])
    sha256 = hashlib.sha256(sweep.read_bytes()).hexdigest() if sweep.is_file() else None
    asked = {**asked, "sweep": sweep.stem, "sweep_sha256": sha256}
    known = [] if asked.pop("new") else sorted(results.glob(f"*/{FILE}"), reverse=True)
    for file in known:
        found = json.loads(file.read_text())
        if found["finished"] is None and _same(found, asked):
            found["hosts"] = {**found["hosts"], **asked["hosts"]}
            break
    else:
        found = {"format": FORMAT, "fleet_id": _new_id(results, sweep.stem), "finished": None}
        found |= {"started": _now(), **asked}
    return _write(results / found["fleet_id"], found)


def end(folder: Path, asked: dict[str, Any]) -> dict[str, Any]:
    """Keep what became of the hosts; without any trouble the fleet run is finished."""
    found = json.loads((folder / FILE).read_text())
    for name, trouble in asked["troubles"].items():
        found["hosts"][name]["trouble"] = trouble or None
    if not any(asked["troubles"].values()):
        found["finished"] = _now()
    return _write(folder, found)


def _same(found: dict[str, Any], asked: dict[str, Any]) -> bool:
    """Whether a fleet run measures what is asked for; the wheel may be unknown this time."""
    return all(found[name] == asked[name] or asked[name] == "" for name in SAME)


def _new_id(results: Path, sweep: str) -> str:
    base = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-fleet-{sweep}"
    taken = (f"{base}-{number}" for number in range(2, 1000))
    return next(name for name in (base, *taken) if not (results / name).exists())


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _write(folder: Path, content: dict[str, Any]) -> dict[str, Any]:
    folder.mkdir(parents=True, exist_ok=True)
    partial = folder / f".{FILE}.{os.getpid()}"
    partial.write_text(json.dumps(content, indent=2) + "\n")
    partial.replace(folder / FILE)
    return {"fleet_id": content["fleet_id"], "path": str(folder), "finished": content["finished"]}


if __name__ == "__main__":
    action, where = sys.argv[1:]
    answer = {"begin": begin, "end": end}[action](Path(where), json.load(sys.stdin))
    print(json.dumps(answer))
