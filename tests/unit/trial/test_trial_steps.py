from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from bench.drivers.session import Census
from bench.engines.base import Opened
from bench.errors import BenchError, TrialFailedError
from bench.host.idle_account import IdleAccount
from bench.programs.counters import Counters
from bench.programs.resident import ARM_NS
from bench.record import HookChoice, Outlier
from bench.resources import Resource
from bench.spec import Cell, Control, Sweep
from bench.trial import trial as module
from bench.trial.measurement import Mark, Measurement
from bench.trial.trial import ARMING_LIMIT_NS, DEADLINE_MARGIN_NS, DRAIN_LIMIT_NS, Trial
from bench.units import NS_PER_MS, NS_PER_S

MakeCell = Callable[..., Cell]


class Site:
    """Stands in for session, rig, load and observer, and writes down who was asked what."""

    hook = HookChoice(used="tp_btf")
    without_stages = None
    past_deadline = False
    heartbeat = SimpleNamespace(check=lambda offered_hz: None)

    def __init__(self, opening: Mark) -> None:
        self.mark = opening
        self.steps: list[str] = []
        self.lived: list[int] = []
        self.outstanding = [0]
        self.stranded = [0]
        self.handed = [0]
        self.activities: list[Any] = []
        self.failure: BaseException | None = None
        self.refused_hooks: dict[str, str] = {}
        self.ksoftirqd: dict[int, int] = {}
        self.cpus = (0, 1)
        self.idle = IdleAccount(exact=None)

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *arguments: self.steps.append(name)

    def prepare(self, environment: object, live_ns: int) -> None:
        self.lived.append(live_ns)

    def live(self, live_ns: int) -> None:
        self.lived.append(live_ns)

    def run(self, program: str, argument: object) -> int:
        self.steps.append(program)
        if self.failure:
            raise self.failure
        return 0

    def fired(self) -> int:
        return 0

    def read(self) -> Counters:
        left = self.outstanding.pop(0) if len(self.outstanding) > 1 else self.outstanding[0]
        return replace(self.mark.counters, started=left, restarted=100)

    def open_window(self) -> Counters:
        self.steps.append("open_window")
        return replace(self.mark.counters, t_ns=module.time.monotonic_ns())

    def close_window(self) -> Counters:
        return self.read()

    def outliers(self) -> list[Outlier]:
        return []

    def recursion_misses(self) -> dict[str, int]:
        return {}

    def census(self) -> Census:
        self.steps.append("census")
        stranded = self.stranded.pop(0) if len(self.stranded) > 1 else self.stranded[0]
        handed = self.handed.pop(0) if len(self.handed) > 1 else self.handed[0]
        return Census(entries=8, inited=8, pending=0, stranded=stranded, handed=handed)

    def snapshot(self) -> object:
        return self.mark.observed

    def observer(self, name: str) -> Site:
        self.steps.append(f"observer {name}")
        return self

    def environment(self, load: object, veth: object, seed: int, engine: object) -> object:
        return SimpleNamespace(cpus=(0,))

    def load(self) -> SimpleNamespace:
        def ask(what: str) -> Callable[..., object]:
            return lambda *arguments: self.steps.append(f"load {what}") or self.mark.load

        progress = SimpleNamespace(connected=0)
        return SimpleNamespace(
            start=ask("start"),
            snapshot=ask("snapshot"),
            stop=ask("stop"),
            cpus={},
            client_host=None,
            progress=lambda: progress,
        )


@pytest.fixture
def site(opening: Mark, monkeypatch: pytest.MonkeyPatch) -> Site:
    made = Site(opening)

    @contextmanager
    def session() -> Iterator[Site]:
        made.steps.append("load program")
        try:
            yield made
        finally:
            made.steps.append("close program")

    monkeypatch.setattr(
        module, "opened", lambda *given: Opened(session(), activities=made.activities)
    )
    return made


@pytest.fixture
def measure(site: Site, sweep: Sweep, make_cell: MakeCell) -> Callable[..., Measurement]:
    short = replace(sweep, duration=10 * NS_PER_MS, warmup=0)

    def run(**changes: Any) -> Measurement:
        rig: Any = site
        cell = make_cell(**({"timeout_ns": 1_000, "arm_cpus": "one", "map_size": 5} | changes))
        return Trial(rig, cell, short, 1, lambda sample: None).run()

    return run


Run = Callable[..., Measurement]


def test_a_trial_has_its_steps_in_order(site: Site, measure: Run) -> None:
    site.outstanding = [0, 0, 3]
    measured = measure()
    wanted = ["observer auto", "load program", "arm", "open_window", "stop_arming"]
    wanted += ["census", "cancel_all", "detach", "census", "close program"]
    assert [step for step in site.steps if step in wanted] == wanted
    assert measured.aftermath.lost == 0
    after = measured.aftermath
    assert (after.found.entries, after.load, measured.hook) == (8, None, site.hook)
    assert {"arm", "window", "drain", "cancel", "census", "teardown"} <= set(measured.timeline_ns)


def test_the_load_runs_from_before_the_arming_until_before_the_drain(
    site: Site, measure: Run
) -> None:
    measure(load_hz=10)
    wanted = ["load start", "arm", "open_window", "load snapshot", "load stop", "stop_arming"]
    places = [site.steps.index(step) for step in wanted]
    assert places == sorted(places)
    assert site.steps.count("load snapshot") == 2


@pytest.mark.parametrize("control", [Control.IDLE, Control.LOAD, Control.ATTACHED])
def test_a_control_arms_nothing_and_lets_nothing_be_armed(
    control: Control, site: Site, measure: Run
) -> None:
    measure(load_hz=10, control=control)
    assert "arm" not in site.steps
    assert site.steps.index("stop_arming") < site.steps.index("load start")
    assert "open_window" in site.steps


def test_nothing_is_cancelled_when_no_timer_is_left(site: Site, measure: Run) -> None:
    measure()
    assert "cancel_all" not in site.steps


def test_a_drain_waits_until_no_timer_is_left(
    site: Site, measure: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "DRAIN_SLACK_NS", 3_600 * NS_PER_S)
    site.outstanding = [9, 9, 9, 9, 0]
    measure()
    assert site.outstanding == [0], "it must look until none is left"
    assert "cancel_all" not in site.steps


def test_a_drain_ends_although_timers_are_left(
    site: Site, measure: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "DRAIN_SLACK_NS", 0)
    site.outstanding = [9]
    measure()
    assert "cancel_all" in site.steps


def test_long_timers_are_cancelled_without_waiting(
    site: Site, measure: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_wait_for_callbacks", lambda *_: site.steps.append("waited"))
    monkeypatch.setattr(module.time, "sleep", lambda seconds: None)
    measure(timeout_ns=DRAIN_LIMIT_NS)
    assert site.steps.count("waited") == 1
    measure(timeout_ns=DRAIN_LIMIT_NS + 1)
    assert site.steps.count("waited") == 1


def test_the_deadline_leaves_room_for_arming_and_then_for_the_window(
    site: Site, measure: Run
) -> None:
    measure(timeout_ns=5 * NS_PER_MS)
    arming, running = site.lived
    assert arming == ARMING_LIMIT_NS
    window, timeout = 10 * NS_PER_MS, 5 * NS_PER_MS
    assert running >= timeout + window + DEADLINE_MARGIN_NS
    assert running <= 5 * ARM_NS + timeout + window + DEADLINE_MARGIN_NS


@pytest.mark.parametrize("failure", [TrialFailedError("stopped"), KeyboardInterrupt()])
def test_the_program_is_closed_when_a_step_fails(
    failure: BaseException, site: Site, measure: Run
) -> None:
    site.failure = failure
    with pytest.raises(type(failure)):
        measure()
    assert site.steps[-2:] == ["arm", "close program"]


def test_an_error_of_closing_is_told_beside_the_one_that_ended_the_trial(
    site: Site, measure: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Closing(Resource):
        def _open(self) -> None:
            self._held.callback(self._fail)

        def _fail(self) -> None:
            raise BenchError("a thread failed")

    site.activities = [Closing()]
    site.failure = TrialFailedError("no room")
    with pytest.raises(TrialFailedError, match="no room") as caught:
        measure()
    assert caught.value.__notes__ == ["Afterwards: a thread failed"]


@pytest.mark.parametrize(("stranded", "lost"), [([2, 1, 0], 0), ([2], 2)])
def test_a_timer_that_stays_stranded_is_lost_and_one_in_flight_is_not(
    stranded: list[int], lost: int, site: Site, measure: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LOST_PAUSE_S", 0)
    site.stranded = stranded
    assert measure().aftermath.lost == lost


@pytest.mark.parametrize(("handed", "left"), [([3] * 9 + [0], 0), ([3], 3)])
def test_work_in_flight_is_waited_for_once_nothing_expires_any_more(
    handed: list[int], left: int, site: Site, measure: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LOST_PAUSE_S", 0)
    monkeypatch.setattr(module, "WORK_LIMIT_NS", 3_600 * NS_PER_S if left == 0 else NS_PER_MS)
    site.handed = handed
    site.outstanding = [3]
    aftermath = measure().aftermath
    assert (aftermath.lost, aftermath.found.handed) == (left, left)
    assert site.steps.index("census") < len(site.steps) - site.steps[::-1].index("census") - 1
