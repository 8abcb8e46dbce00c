from __future__ import annotations

from types import TracebackType
from typing import Self

import pytest

from bench.drivers.activity import Activities


class Noted:
    """A driver that writes down what was asked of it."""

    def __init__(self, name: str, log: list[str], failing: str = "") -> None:
        self.name, self.log, self.failing = name, log, failing

    def _note(self, what: str) -> None:
        self.log.append(f"{what} {self.name}")
        if what == self.failing:
            raise RuntimeError(what)

    def __enter__(self) -> Self:
        self._note("enter")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._note("exit")

    def start(self) -> None:
        self._note("start")

    def counts(self) -> dict[str, int]:
        return {self.name: len(self.log)}

    def stop(self) -> None:
        self._note("stop")


def test_drivers_start_in_order_and_stop_in_reverse() -> None:
    log: list[str] = []
    with Activities([Noted("a", log), Noted("b", log)]) as drivers:
        drivers.start()
        assert drivers.counts() == {"a": 4, "b": 4}
        drivers.stop()
    assert log[2:6] == ["start a", "start b", "stop b", "stop a"]
    assert log[6:] == ["exit b", "exit a"]


def test_a_driver_that_cannot_be_prepared_ends_those_before_it() -> None:
    log: list[str] = []
    with pytest.raises(RuntimeError), Activities([Noted("a", log), Noted("b", log, "enter")]):
        pass
    assert log == ["enter a", "enter b", "exit a"]
