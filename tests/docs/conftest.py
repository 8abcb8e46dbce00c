"""The clone in which the documentation is typed."""

from __future__ import annotations

import os

import pytest

from tests.docs.checkout import Checkout, clone


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """One clone for all blocks: what a page makes, a later block of it may use."""
    return clone(tmp_path_factory.mktemp("docs") / "bpf-timer-bench")


@pytest.fixture(scope="session")
def root() -> None:
    """Measuring needs root."""
    if os.geteuid() != 0:
        if os.environ.get("BENCH_REQUIRE_KERNEL") == "1":
            pytest.fail("BENCH_REQUIRE_KERNEL is set, but this is not root")
        pytest.skip("this is not root")
