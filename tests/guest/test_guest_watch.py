"""``bench watch`` in guests: the host's test against what callbacks measure, on each kernel."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.guest.host_files import CODE
from bench.guest.images import Image
from bench.guest.machine import Guest

TRUTH = CODE / "tests/kernel/watch/test_watch_truth.py"
EMULATED = "50"
"""How much longer the same instructions take here at most."""


@pytest.mark.nightly
@pytest.mark.parametrize("name", ["debian:6.1", "debian:6.12"])
def test_it_sees_what_callbacks_measure(
    kernel: Callable[[str], Image], shared: Path, name: str
) -> None:
    pytest_in_guest = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(TRUTH)]
    with Guest(kernel(name), shared) as guest:
        guest.start(pytest_in_guest, env={"BENCH_REQUIRE_KERNEL": "1", "SLOWER": EMULATED})
        done = guest.wait()
    assert done.exit_code == 0, done.stdout.read_text()[-3_000:]
    assert " passed" in done.stdout.read_text()
