"""A warm-up that was found once, and that later runs and continuations of the run have."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from bench.exits import Exit
from bench.record import RunHeader
from bench.store import RunFolder
from tests.running import running
from tests.waiting import wait_until

CELLS = ("--program", "resident", "--map-size", "200", "--timeout", "10ms", "--controls", "none")
ASKED = (*CELLS, "--duration", "100ms", "--warmup", "50ms", "--pilot", "3.5s", "--repeat", "3")


def bench(*words: str) -> list[str]:
    return [sys.executable, "-m", "bench", *words]


def done(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(bench(*words), capture_output=True, text=True, check=False)


def header(path: Path) -> RunHeader:
    return RunFolder.open(path).header


def test_new_reuses_what_the_pilot_of_base_found(tmp_path: Path) -> None:
    assert "a pilot of 1 cell first" in done("run", *ASKED, "--results", str(tmp_path)).stderr
    (base,) = tmp_path.iterdir()
    found = header(base)
    assert found.calibration is not None and found.calibration.of is None
    assert len(found.calibration.pilots) == 1 and found.sweep.pilot == 0
    second = done("run", *ASKED, "--results", str(tmp_path))
    assert f"as in {found.run_id}" in second.stderr
    (new,) = set(tmp_path.iterdir()) - {base}
    assert header(new).sweep.warmup == found.sweep.warmup
    assert done("compare", str(base), str(new)).returncode != Exit.USAGE


def test_an_interrupted_pilot_is_made_again(tmp_path: Path) -> None:
    words = bench("run", *ASKED, "--results", str(tmp_path))
    with running(words, stderr=subprocess.PIPE) as first:
        wait_until("the run's folder", lambda: list(tmp_path.glob("*/run.json")))
        os.kill(first.pid, signal.SIGTERM)
        assert first.wait(60) == 130
    (path,) = tmp_path.iterdir()
    assert header(path).sweep.pilot and header(path).calibration is None
    assert "a pilot of 1 cell first" in done("run", "--resume", str(path)).stderr
    assert header(path).calibration is not None and header(path).finished is not None
