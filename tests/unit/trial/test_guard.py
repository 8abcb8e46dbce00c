"""The thread that looks after others: it ends the timers, and the trial says why."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from bench.errors import BenchError
from bench.reason import Code
from bench.trial import guard as module
from bench.trial.guard import EndedPolitelyError, Guard, explaining
from bench.trial.politeness import Look
from bench.units import NS_PER_MS
from tests.waiting import wait_until


@contextmanager
def guarding(monkeypatch: pytest.MonkeyPatch, connect_ns: int) -> Iterator[tuple[Guard, list[str]]]:
    """A guard for which each connection takes so long; and what it did."""
    monkeypatch.setattr(module, "PERIOD_NS", NS_PER_MS)
    monkeypatch.setattr(module, "look", lambda stranger: Look(0, {}, {}, connect_ns))
    done: list[str] = []
    with Guard(lambda: done.append("ended")) as guard:
        yield guard, done


def test_it_ends_the_timers_once_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    with guarding(monkeypatch, 50 * NS_PER_MS) as (guard, done):
        with pytest.raises(EndedPolitelyError, match="took 50ms, at most 10ms is polite"):
            guard.pause(30.0)
        assert done == ["ended"]
        assert guard.reason is not None and guard.reason.code is Code.WATCHDOG
        assert guard.seen.looks == 2


def test_what_fails_afterwards_failed_because_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with guarding(monkeypatch, 50 * NS_PER_MS) as (guard, _):
        wait_until("its end", lambda: guard.reason)
        with pytest.raises(EndedPolitelyError) as ended, explaining(guard):
            raise BenchError("arming stopped among timers 7")
    assert str(ended.value.__cause__) == "arming stopped among timers 7"


def test_it_lets_alone_what_hurts_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    with guarding(monkeypatch, 50_000) as (guard, done):
        wait_until("some looks", lambda: guard.seen.looks > 5)
        guard.pause(0)
        with pytest.raises(BenchError, match=r"^something else$"), explaining(guard):
            raise BenchError("something else")
    assert done == []
    with pytest.raises(BenchError, match=r"^nobody looks$"), explaining(None):
        raise BenchError("nobody looks")
