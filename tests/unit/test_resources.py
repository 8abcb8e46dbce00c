from __future__ import annotations

import pytest

from bench.resources import Resource


class Held(Resource):
    """Writes down what is acquired and given back."""

    def __init__(self, log: list[str], *, failing: str = "") -> None:
        self.log, self.failing = log, failing
        with self.acquiring():
            self._take("made")

    def _open(self) -> None:
        self._take("opened")
        self._take("opened again")

    def _take(self, name: str) -> None:
        if name == self.failing:
            raise RuntimeError(name)
        self._held.callback(self._give, name)

    def _give(self, name: str) -> None:
        self.log.append(name)
        if self.failing == f"giving {name}":
            raise RuntimeError(self.failing)


def test_everything_is_given_back_the_last_first() -> None:
    log: list[str] = []
    with Held(log):
        assert log == []
    assert log == ["opened again", "opened", "made"]


def test_closing_twice_gives_back_once() -> None:
    held = Held(log := [])
    held.close()
    held.close()
    assert log == ["made"]


def test_one_that_is_closed_within_its_block_is_given_back_once() -> None:
    with Held(log := []) as held:
        held.close()
    assert log == ["opened again", "opened", "made"]


class Broken(Resource):
    def __init__(self, log: list[str]) -> None:
        with self.acquiring() as held:
            held.callback(log.append, "first")
            raise RuntimeError("second")


def test_a_constructor_that_fails_gives_back_what_it_acquired() -> None:
    log: list[str] = []
    with pytest.raises(RuntimeError, match="second"):
        Broken(log)
    assert log == ["first"]


@pytest.mark.parametrize(
    ("failing", "given"), [("opened", ["made"]), ("opened again", ["opened", "made"])]
)
def test_entering_that_fails_gives_back_what_was_acquired(failing: str, given: list[str]) -> None:
    log: list[str] = []
    with pytest.raises(RuntimeError, match=failing), Held(log, failing=failing):
        pytest.fail("the block was entered")
    assert log == given


def test_giving_back_goes_on_behind_one_that_fails() -> None:
    log: list[str] = []
    with (
        pytest.raises(RuntimeError, match="giving opened again"),
        Held(log, failing="giving opened again"),
    ):
        pass
    assert log == ["opened again", "opened", "made"]


def test_an_error_of_closing_is_a_note_of_the_one_that_ended_the_block() -> None:
    log: list[str] = []
    with pytest.raises(KeyboardInterrupt) as caught, Held(log, failing="giving made"):
        raise KeyboardInterrupt
    assert caught.value.__notes__ == ["Afterwards: giving made"]
    assert log == ["opened again", "opened", "made"]
