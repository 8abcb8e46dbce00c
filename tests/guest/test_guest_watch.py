"""``bench watch`` in guests: the host's tests against what callbacks measure, on each kernel."""

from __future__ import annotations

import platform
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.drivers.objects import pass_on
from bench.guest.host_files import CODE
from bench.guest.images import Image
from bench.guest.machine import Guest
from bench.libbpf import compiler
from tests.external.loaded import SOURCES

HOST_TESTS = CODE / "tests/kernel/watch"
EMULATED = "50"
"""How much longer the same instructions take here at most."""
GUEST_S, TEST_S = 2_700, 1_200
"""For all of it, and for one test: a busy host that emulates needs minutes for each."""
ASKED = {
    "truth": [str(HOST_TESTS / "test_watch_truth.py")],
    # By fentry, which the host's kernel may refuse.
    "requests": [str(HOST_TESTS / "test_requests.py")],
    # Kernels differ in what they say of starts and of timers that leave their queue.
    "events": [
        str(HOST_TESTS / "test_watch.py"),
        "-k",
        "pushed_back or cancelled or ftrace or raw_tracepoints or pinned_timer",
    ],
}


@pytest.mark.nightly
@pytest.mark.parametrize("asked", ASKED)
@pytest.mark.parametrize("name", ["debian:6.1", "debian:6.12", "debian:7"])
def test_it_sees_what_callbacks_measure(
    kernel: Callable[[str], Image], shared: Path, name: str, asked: str
) -> None:
    pytest_in_guest = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    pytest_in_guest += ["-o", f"timeout={TEST_S}"]
    with Guest(kernel(name), shared) as guest:
        env = {"BENCH_REQUIRE_KERNEL": "1", "SLOWER": EMULATED, **compiled_here(shared)}
        guest.start([*pytest_in_guest, *ASKED[asked]], env=env)
        done = guest.wait(GUEST_S)
    said = done.stdout.read_text()
    assert done.exit_code == 0 and " passed" in said, failures(said)


def compiled_here(shared: Path) -> dict[str, str]:
    """What the guest need not compile, which takes an emulated CPU minutes."""
    folder = shared / "objects"
    env = pass_on(folder, arch=platform.machine())
    for source in map(str, SOURCES.glob("*.bpf.c")):
        shutil.copy(compiler.compiled(source), folder / compiler.shipped_name(source))
    return env


def failures(said: str) -> str:
    """What failed, and why, of all that pytest printed."""
    return (
        "\n".join(line for line in said.splitlines() if line.startswith(("E ", "FAILED", "=")))
        or said
    )
