from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from bench import abi
from bench.drivers.environment import Environment


class FakeMap:
    def __init__(self, entries: int) -> None:
        self.entries = entries
        self.values: npt.NDArray[np.void] | None = None

    def view(self, dtype: np.dtype[np.void]) -> npt.NDArray[np.void]:
        self.values = np.zeros(self.entries, dtype)
        return self.values


class FakeObject:
    """An object that is loaded nowhere: plain memory, and a list of what was asked of it."""

    def __init__(self) -> None:
        self.maps = {"slots": FakeMap(4), "stopping": FakeMap(1)}
        self.asked: list[str] = []
        self.map = self.maps.__getitem__

    def run(self, program: str, argument: npt.NDArray[np.void]) -> int:
        self.asked.append(program)
        if program == "census":
            assert argument.dtype == abi.CENSUS_ARGS
            argument[0] = (30, 20, 10, 1, 2)
        return 7

    def detach(self) -> None:
        self.asked.append("detach")

    def close(self) -> None:
        self.asked.append("close")

    def memory(self, name: str) -> npt.NDArray[np.void]:
        values = self.maps[name].values
        assert values is not None
        return values


@pytest.fixture
def make_object() -> Callable[[], FakeObject]:
    return FakeObject


@pytest.fixture
def loaded() -> FakeObject:
    return FakeObject()


@pytest.fixture
def environment() -> Environment:
    return Environment(
        cpus=(0, 3), ksoftirqd={0: 14, 3: 33}, ports=(20_000, 20_001), cgroup=Path("/cgroup")
    )


@pytest.fixture
def make_map() -> Callable[[int], FakeMap]:
    return FakeMap
