"""The programs of ``tests/external`` for a test."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from bench.host.mounts import find_mounts
from tests.external.loaded import External, externals
from tests.kernel.conftest import require

TIMERS = 2_000


@pytest.fixture
def external(reserve: Callable[[int], None]) -> Iterator[Callable[[str], External]]:
    require(None if find_mounts().bpffs else "no bpf file system is mounted")
    reserve(TIMERS)
    with externals() as load:
        yield load
