"""Kernels of Debian in virtual machines; without KVM a boot takes some ten seconds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bench.errors import BenchError
from bench.guest.images import Image, image
from bench.guest.virtual import vng
from tests.kernel.conftest import require

GUEST_S = 3 * 1_200
"""A busy host that emulates needs minutes; pytest's own limit is for tests of the host."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.timeout(GUEST_S))


@pytest.fixture(autouse=True, scope="session")
def _guests_possible() -> None:
    missing = None
    try:
        vng()
    except BenchError as error:
        missing = str(error)
    require(missing)


@pytest.fixture(scope="session")
def kernel() -> Callable[[str], Image]:
    """An image by its name; one that cannot be had is a skip."""

    def get(name: str) -> Image:
        try:
            return image(name, print)
        except BenchError as error:
            require(str(error))
            raise

    return get


@pytest.fixture
def shared(tmp_path: Path) -> Path:
    return tmp_path
