"""What the tests of the playbooks need of the host: root, and `make setup`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.playbooks.fleets import put_back, settings
from tests.playbooks.lab import LAB, Lab, lab

STATE_FILE = Path("/var/lib/bpf-timer-bench/provisioned.json")


def unable(reason: str) -> None:
    """Skip, or fail where nothing may be skipped."""
    if os.environ.get("BENCH_REQUIRE_KERNEL") == "1":
        pytest.fail(f"BENCH_REQUIRE_KERNEL is set, but {reason}")
    pytest.skip(reason)


@pytest.fixture(scope="session")
def root() -> None:
    """Mounting needs root."""
    if os.geteuid() != 0:
        unable("this is not root")


@pytest.fixture(scope="session")
def provisioned(root: None) -> None:
    """The real host is already as `make setup` leaves it, so that provisioning it is harmless."""
    if not STATE_FILE.exists():
        unable(f"there is no {STATE_FILE}: `make setup` comes first")


@pytest.fixture(scope="session")
def before() -> dict[str, str]:
    return settings()


@pytest.fixture(scope="session")
def fleet(
    provisioned: None, before: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Lab]:
    """A lab that is bare at first, one for all tests; a lab of the user's own is left alone."""
    folder = tmp_path_factory.mktemp("fleet")
    results = folder / "results"
    results.mkdir()
    if "overlay" not in Path("/proc/filesystems").read_text():
        unable("this kernel has no overlayfs, of which the lab's hosts are made")
    if Path("/run/netns/btlab-sut1").exists():
        pytest.fail("a lab is up already: `make lab-down`, then test again")
    try:
        with lab(LAB, results) as made:
            yield made
    finally:
        put_back(before)
