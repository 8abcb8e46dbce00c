from __future__ import annotations

import pytest

from bench.errors import BenchError
from bench.matrix.share import guests_at_a_time

GIB = 1024


@pytest.mark.parametrize(
    ("wanted", "cpus", "memory_gib", "jobs", "expected"),
    [
        (3, 2, 24, None, 1),
        (3, 1, 24, None, 1),
        (3, 8, 24, None, 3),
        (9, 8, 24, None, 4),
        (9, 64, 9, None, 4),
        (3, 2, 24, 2, 2),
        (1, 64, 64, 9, 1),
        (9, 64, 3, 9, 1),
    ],
)
def test_guests_have_cpus_and_memory_of_their_own(
    wanted: int, cpus: int, memory_gib: int, jobs: int | None, expected: int
) -> None:
    found = guests_at_a_time(
        wanted,
        cpus=cpus,
        available_mib=memory_gib * GIB,
        guest_cpus=2,
        guest_mib=2 * GIB,
        jobs=jobs,
    )
    assert found == expected


def test_too_little_memory_is_said() -> None:
    with pytest.raises(BenchError, match="2,500 MiB of memory are available"):
        guests_at_a_time(1, cpus=8, available_mib=2500, guest_cpus=2, guest_mib=2048)
