"""The short form of the soak: trials of several programs leave nothing that adds up."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from bench.host import lock_map
from tests.kernel.leftovers import bpftool
from tests.perf.soak_look import object_ids

CODE = Path(__file__).resolve().parents[3]


def test_trials_one_after_another_leave_nothing_that_adds_up() -> None:
    command = [sys.executable, "-m", "tests.perf.soak", "--short"]
    done = subprocess.run(
        command, cwd=CODE, capture_output=True, text=True, check=False, timeout=240
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for quantity in ("memory_kib", "descriptors", "objects", "slab", "delay_ns"):
        assert quantity in done.stdout


def test_maps_are_those_that_bpftool_lists() -> None:
    made = lock_map.created("soaked")
    assert made is not None
    try:
        named = lock_map.id_of(made)
        assert named in object_ids("map")
        assert named in {item["id"] for item in bpftool("map")}
    finally:
        os.close(made)
