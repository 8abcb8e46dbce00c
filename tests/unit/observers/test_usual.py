"""Which observer is used where nobody asked for one."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bench.errors import BenchError
from bench.observers import usual
from bench.observers.base import Observer, ObserverSnapshot
from bench.observers.usual import UsualObserver
from bench.record import ObserverInfo
from bench.spec import ObserverName

NO_HEADERS = "BCC finds no kernel headers for 6.18"


class Stub(Observer):
    """Stands in for an observer that attaches to the kernel."""

    def __init__(self, name: ObserverName) -> None:
        self.stub = name
        self.running = False

    def start(self) -> None:
        self.running = True

    def stop(self) -> None:
        self.running = False

    def snapshot(self) -> ObserverSnapshot:
        raise NotImplementedError

    def info(self) -> ObserverInfo:
        return ObserverInfo(name=self.stub.value, detail={"kernel": "6.18"})


@pytest.fixture
def stubbed(monkeypatch: pytest.MonkeyPatch) -> Callable[[bool], UsualObserver]:
    def make(builds: bool) -> UsualObserver:
        def compiled() -> None:
            if not builds:
                raise BenchError(NO_HEADERS, remedy="Install them")

        monkeypatch.setattr(usual, "compiled_program", compiled)
        monkeypatch.setattr(usual, "BccObserver", lambda threads: Stub(ObserverName.BCC))
        monkeypatch.setattr(usual, "CoreObserver", lambda threads: Stub(ObserverName.CORE))
        return UsualObserver({0: 14})

    return make


def test_it_is_bcc_where_bcc_builds(stubbed: Callable[[bool], UsualObserver]) -> None:
    with stubbed(True) as observer:
        assert observer.info() == ObserverInfo(name="bcc", detail={"kernel": "6.18"})
        assert observer.remark == ""


def test_else_it_is_core_and_both_record_and_message_say_why(
    stubbed: Callable[[bool], UsualObserver],
) -> None:
    with stubbed(False) as observer:
        info = observer.info()
        assert info.name == "core" and info.detail["instead of bcc"] == NO_HEADERS
        assert observer.remark == f"observer core is used instead of bcc: {NO_HEADERS}"


def test_a_choice_is_kept(
    stubbed: Callable[[bool], UsualObserver], monkeypatch: pytest.MonkeyPatch
) -> None:
    observer = stubbed(False)
    observer.start()
    observer.stop()
    monkeypatch.setattr(usual, "compiled_program", lambda: None)
    observer.start()
    assert observer.info().name == "core"
    observer.stop()


def test_before_the_start_nothing_is_known(stubbed: Callable[[bool], UsualObserver]) -> None:
    observer = stubbed(True)
    observer.stop()
    for ask in (observer.info, observer.snapshot):
        with pytest.raises(BenchError, match="not started"):
            ask()
