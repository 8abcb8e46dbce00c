from __future__ import annotations

from pathlib import Path

import pytest

from bench.programs.base import Environment


@pytest.fixture
def environment() -> Environment:
    return Environment(
        cpus=(0, 3), ksoftirqd={0: 14, 3: 33}, ports=(20_000, 20_001), cgroup=Path("/cgroup")
    )
