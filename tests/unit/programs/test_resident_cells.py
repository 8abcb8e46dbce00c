from __future__ import annotations

from collections.abc import Callable

import pytest

from bench.errors import UsageError
from bench.programs.resident import Resident
from bench.spec import Cell, Hook, Mode, Phase, Rearm

MakeCell = Callable[..., Cell]
PROGRAM = Resident()


def test_the_hook_does_not_apply(make_cell: MakeCell) -> None:
    cell = make_cell(hook=Hook.AUTO, phase=Phase.BURST)
    assert PROGRAM.normalise(cell) == make_cell(
        phase=Phase.BURST, mode=Mode.PERIODIC, rearm=Rearm.ABSOLUTE
    )


def test_only_timers_that_start_again_keep_a_grid(make_cell: MakeCell) -> None:
    plain = PROGRAM.normalise(make_cell())
    assert plain.rearm is Rearm.ABSOLUTE and PROGRAM.keeps_grid(plain)
    for changes in (
        {"rearm": "relative"},
        {"mode": "one_shot", "rearm": "absolute"},
        {"timeout_shape": "uniform"},
    ):
        assert not PROGRAM.keeps_grid(PROGRAM.normalise(make_cell(**changes)))


def test_the_flag_of_absolute_timers_is_the_axis(make_cell: MakeCell) -> None:
    with pytest.raises(UsageError, match="cannot use flags abs") as error:
        PROGRAM.check(PROGRAM.normalise(make_cell(flags=("abs",))))
    assert error.value.remedy == "It takes: cpu_pin; re-arm absolute sets abs"


@pytest.mark.parametrize("connections_hz", [0.0, 5_000.0])
def test_each_timer_is_offered_once_per_timeout(connections_hz: float, make_cell: MakeCell) -> None:
    cell = make_cell(map_size=300, timeout_ns=10_000_000)
    assert PROGRAM.offered_hz(cell, connections_hz) == 30_000.0


def test_as_many_timers_exist_as_the_map_holds(make_cell: MakeCell) -> None:
    cell = make_cell(map_size=300)
    assert PROGRAM.outstanding(cell) == 300
    assert PROGRAM.expected_timers(cell, 5, 5, Hook.AUTO) is None


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"flags": ("cpu_pin",)}, "engine timerfd has nothing like flags"),
        ({"rearm": "relative"}, "engine timerfd has nothing like rearm"),
        ({"mode": "one_shot", "map_type": "array"}, "nothing like map_type, mode"),
        ({"clock": "realtime"}, "engine timerfd cannot use clock realtime"),
    ],
)
def test_what_a_timerfd_has_no_counterpart_of_is_refused(
    changes: dict[str, object], message: str, make_cell: MakeCell
) -> None:
    with pytest.raises(UsageError, match=message):
        PROGRAM.check(PROGRAM.normalise(make_cell(engine="timerfd", **changes)))


@pytest.mark.parametrize("engine", ["user_gc", "lru", "perf_event"])
def test_an_engine_that_does_not_fit_is_refused_by_name(engine: str, make_cell: MakeCell) -> None:
    with pytest.raises(UsageError, match=f"program resident cannot use engine {engine}"):
        PROGRAM.check(PROGRAM.normalise(make_cell(engine=engine)))
