"""What the tests of the playbooks need of the host: root, and `make setup`."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

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
