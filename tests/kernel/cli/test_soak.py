"""The short form of the soak: trials of several programs leave nothing that adds up."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SOAK = Path(__file__).resolve().parents[2] / "perf/soak.py"


def test_trials_one_after_another_leave_nothing_that_adds_up() -> None:
    command = [sys.executable, str(SOAK), "--short"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=240)
    assert done.returncode == 0, done.stdout + done.stderr
    for quantity in ("memory_kib", "descriptors", "objects", "slab", "delay_ns"):
        assert quantity in done.stdout
