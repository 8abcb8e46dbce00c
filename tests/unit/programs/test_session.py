from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest

from bench import abi
from bench.errors import BenchError, KernelRefusedError
from bench.programs import session as module
from bench.programs.base import Environment
from bench.programs.registry import find
from bench.programs.session import Session
from bench.spec import Cell, Clock, Hook

MakeCell = Callable[..., Cell]


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
        self.maps = {"slots": FakeMap(4), "control": FakeMap(1)}
        self.asked: list[str] = []
        self.map = self.maps.__getitem__

    def run(self, program: str, argument: npt.NDArray[np.void]) -> int:
        self.asked.append(program)
        if program == "census":
            assert argument.dtype == abi.CENSUS_ARGS
            argument[0] = (30, 20, 10)
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
def loaded() -> FakeObject:
    return FakeObject()


@pytest.fixture
def session(loaded: FakeObject, make_cell: MakeCell) -> Session:
    return Session(loaded, make_cell(), None)  # type: ignore[arg-type]


def test_a_fresh_session_has_no_extremes(session: Session) -> None:
    assert session.read().lateness.min_ns is None


def test_each_ksoftirqd_is_told_to_its_own_cpu(
    session: Session, loaded: FakeObject, environment: Environment
) -> None:
    session.prepare(environment, 1_000)
    assert loaded.memory("slots")["ksoftirqd_pid"].tolist() == [14, 0, 0, 33]


@pytest.mark.parametrize(
    ("clock", "number"),
    [(Clock.MONOTONIC, time.CLOCK_MONOTONIC), (Clock.BOOTTIME, time.CLOCK_BOOTTIME)],
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
    session = Session(loaded, make_cell(clock=clock), None)  # type: ignore[arg-type]
    session.prepare(environment, 500)
    assert loaded.memory("control")["deadline_ns"].tolist() == [10_500]
    now[number] = 10_499
    assert not session.past_deadline
    now[number] = 10_500
    assert session.past_deadline
    session.live(1)
    assert not session.past_deadline
    assert loaded.memory("control")["deadline_ns"].tolist() == [10_501]


def test_stopping_sets_the_flag_that_programs_look_at(session: Session, loaded: FakeObject) -> None:
    assert loaded.memory("control")["stop"].tolist() == [0]
    session.stop_arming()
    assert loaded.memory("control")["stop"].tolist() == [1]


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
    assert session.census() == (30, 10)


def test_requests_are_passed_to_the_object(session: Session, loaded: FakeObject) -> None:
    assert session.run("arm", np.zeros(1, abi.ARM_ARGS)) == 7
    session.cancel_all()
    session.detach()
    session.close()
    assert loaded.asked == ["arm", "cancel_all", "detach", "close"]


Refusals = dict[Hook | None, BenchError]


@pytest.fixture
def tried(monkeypatch: pytest.MonkeyPatch) -> tuple[list[Hook | None], Refusals, list[FakeObject]]:
    """Hooks that were tried, in order; what each meets; and the objects that were loaded."""
    hooks: list[Hook | None] = []
    errors: Refusals = {}
    objects: list[FakeObject] = []

    def load(program: object, cell: Cell, environment: Environment, hook: Hook | None) -> object:
        hooks.append(hook)
        if hook in errors:
            raise errors[hook]
        objects.append(FakeObject())
        return objects[-1]

    monkeypatch.setattr(module, "_load", load)
    return hooks, errors, objects


Tried = tuple[list[Hook | None], Refusals, list[FakeObject]]


def refusal(hook: Hook | None) -> KernelRefusedError:
    return KernelRefusedError(f"refused {hook}", errno=1)


def test_the_next_hook_is_tried_after_a_refusal_and_each_only_once(
    tried: Tried, make_cell: MakeCell, environment: Environment
) -> None:
    hooks, errors, _ = tried
    errors[Hook.FENTRY] = refusal(Hook.FENTRY)
    refused: dict[str, str] = {}
    for _ in range(2):
        with module.opened(find("tcp"), make_cell(program="tcp"), environment, refused) as session:
            assert session.hook is not None
            assert session.hook.used == "tp_btf"
            assert session.hook.refused == {"fentry": "refused fentry"}
    assert hooks == [Hook.FENTRY, Hook.TP_BTF, Hook.TP_BTF]


def test_a_hook_that_was_asked_for_is_tried_although_it_was_refused_before(
    tried: Tried, make_cell: MakeCell, environment: Environment
) -> None:
    hooks, errors, _ = tried
    errors[Hook.FENTRY] = refusal(Hook.FENTRY)
    cell = make_cell(program="tcp", hook=Hook.FENTRY)
    with (
        pytest.raises(KernelRefusedError, match="refused fentry"),
        module.opened(find("tcp"), cell, environment, {"fentry": "before"}),
    ):
        pass
    assert hooks == [Hook.FENTRY]


def test_when_no_hook_works_every_refusal_is_told(
    tried: Tried, make_cell: MakeCell, environment: Environment
) -> None:
    _, errors, _ = tried
    errors.update({hook: refusal(hook) for hook in (Hook.FENTRY, Hook.TP_BTF, Hook.SOCKOPS)})
    with (
        pytest.raises(BenchError, match="allows no hook of program tcp") as caught,
        module.opened(find("tcp"), make_cell(program="tcp"), environment, {}),
    ):
        pass
    assert caught.value.detail.splitlines() == [
        "fentry: refused fentry",
        "tp_btf: refused tp_btf",
        "sockops: refused sockops",
    ]


def test_a_program_without_hooks_has_no_choice_and_its_refusal_is_final(
    tried: Tried, make_cell: MakeCell, environment: Environment
) -> None:
    with module.opened(find("resident"), make_cell(), environment, {}) as session:
        assert session.hook is None
    tried[1][None] = refusal(None)
    with (
        pytest.raises(KernelRefusedError, match="refused None"),
        module.opened(find("resident"), make_cell(), environment, {}),
    ):
        pass


def test_the_object_is_closed_whatever_happens(
    tried: Tried, make_cell: MakeCell, environment: Environment
) -> None:
    with (
        pytest.raises(KeyboardInterrupt),
        module.opened(find("resident"), make_cell(), environment, {}),
    ):
        raise KeyboardInterrupt
    assert tried[2][0].asked == ["close"]
