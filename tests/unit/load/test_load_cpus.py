"""Placement of the two generators."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.load.cpus import Placement, choose_cpus, read_cores


@pytest.mark.parametrize(
    ("allowed", "cores", "server", "client"),
    [
        ([0], {}, 0, 0),
        ([0, 1], {}, 0, 1),
        ([1, 0], {0: 0, 1: 0}, 0, 1),
        ([0, 1, 2, 3], {}, 0, 3),
        ([0, 1, 2, 3], {0: 0, 1: 1, 2: 1, 3: 0}, 0, 2),
        ([4, 5, 9], {4: 4, 5: 4, 9: 4}, 4, 9),
    ],
)
def test_choice(allowed: list[int], cores: dict[int, int], server: int, client: int) -> None:
    assert choose_cpus(allowed, cores) == Placement(server=server, client=client)


@given(st.sets(st.integers(0, 300), min_size=1), st.dictionaries(st.integers(0, 300), st.just(7)))
def test_always_allowed_and_apart_where_possible(allowed: set[int], cores: dict[int, int]) -> None:
    placed = choose_cpus(allowed, cores)
    assert {placed.server, placed.client} <= allowed
    assert (placed.server != placed.client) == (len(allowed) > 1)


def test_no_cpu_is_an_error() -> None:
    with pytest.raises(ValueError, match="no CPU"):
        choose_cpus([])


def test_cores_are_read_from_sysfs_lists(tmp_path: Path) -> None:
    for cpu, siblings in {0: "0,4\n", 1: "1-2\n", 2: "1-2\n", 3: "garbage\n"}.items():
        folder = tmp_path / f"cpu{cpu}" / "topology"
        folder.mkdir(parents=True)
        (folder / "thread_siblings_list").write_text(siblings)
    assert read_cores(range(6), tmp_path) == {0: 0, 1: 1, 2: 1}


def test_record_form() -> None:
    assert Placement(server=0, client=3).as_dict() == {"server": [0], "client": [3]}
