from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from bench import abi
from bench.drivers.environment import Environment
from bench.drivers.session import BpfSession, Session
from bench.programs.census import Census
from bench.programs.registry import find
from bench.spec import Cell, Clock

MakeCell = Callable[..., Cell]
FakeObject = Any


@pytest.fixture
def session(loaded: FakeObject, make_cell: MakeCell) -> Session:
    return BpfSession(loaded, find("resident"), make_cell(), None)


def test_a_fresh_session_has_no_extremes(session: Session) -> None:
    assert session.read().lateness.min_ns is None


def test_each_ksoftirqd_is_told_to_its_own_cpu(
    session: Session, loaded: FakeObject, environment: Environment
) -> None:
    session.prepare(environment, 1_000)
    assert loaded.memory("slots")["ksoftirqd_pid"].tolist() == [14, 0, 0, 33]


@pytest.mark.parametrize(
    ("clock", "number"),
    [
        (Clock.MONOTONIC, time.CLOCK_MONOTONIC),
        (Clock.REALTIME, time.CLOCK_MONOTONIC),
        (Clock.BOOTTIME, time.CLOCK_BOOTTIME),
    ],
)
def test_the_deadline_is_in_the_timers_clock(
    clock: Clock,
    number: int,
    loaded: FakeObject,
    make_cell: MakeCell,
    environment: Environment,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = {number: 10_000}
    monkeypatch.setattr(time, "clock_gettime_ns", now.__getitem__)
    session = BpfSession(loaded, find("resident"), make_cell(clock=clock), None)
    session.prepare(environment, 500)
    assert loaded.memory("stopping")["deadline_ns"].tolist() == [10_500]
    now[number] = 10_499
    assert not session.past_deadline
    now[number] = 10_500
    assert session.past_deadline
    session.live(1)
    assert not session.past_deadline
    assert loaded.memory("stopping")["deadline_ns"].tolist() == [10_501]


def test_stopping_sets_the_flag_that_programs_look_at(session: Session, loaded: FakeObject) -> None:
    assert loaded.memory("stopping")["stop"].tolist() == [0]
    session.stop_arming()
    assert loaded.memory("stopping")["stop"].tolist() == [1]


def test_opening_a_window_forgets_extremes_but_no_counts(
    session: Session, loaded: FakeObject
) -> None:
    slots = loaded.memory("slots")
    slots["fired"] = [1, 2, 3, 4]
    slots["lateness_min_ns"], slots["lateness_max_ns"] = 5, 9
    assert session.read().lateness.min_ns == 5
    opening = session.open_window()
    assert (opening.fired, session.fired()) == (10, 10)
    assert (opening.lateness.min_ns, opening.lateness.max_ns) == (None, None)


def test_the_census_gives_entries_and_pending_timers(session: Session) -> None:
    assert session.census() == Census(entries=30, inited=20, pending=10, stranded=1, handed=2)


def test_requests_are_passed_to_the_object(session: Session, loaded: FakeObject) -> None:
    assert session.run("arm", np.zeros(1, abi.ARM_ARGS)) == 7
    session.cancel_all()
    session.detach()
    session.close()
    assert loaded.asked == ["arm", "cancel_all", "detach", "close"]
