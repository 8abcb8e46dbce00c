from __future__ import annotations

from typing import Any

import pytest

from bench.cli.variants import value_of, variants_of
from bench.errors import UsageError
from bench.spec import Engine, Rearm

COMMON: dict[str, Any] = {"program": "resident", "map_size": "1k", "timeout": "10ms"}
TCP: dict[str, Any] = {"program": "tcp", "load": "2k"}


def test_an_axis_may_differ() -> None:
    both = variants_of(COMMON, ["rearm=absolute"], ["--rearm=relative"], None)
    assert (both.a.rearm, both.b.rearm) == (Rearm.ABSOLUTE, Rearm.RELATIVE)
    assert both.a.map_size == both.b.map_size == 1_000
    assert len(both.sweep.cells) == 2 and both.sysctl is None


def test_an_engine_with_options_of_its_own_may_differ() -> None:
    both = variants_of(TCP, ["engine=bpf_timer"], ["engine=user_gc", "gc_period_ns=10ms"], None)
    assert (both.a.engine, both.b.engine) == (Engine.BPF_TIMER, Engine.USER_GC)
    assert both.b.number("gc_period_ns") == 10_000_000


def test_a_setting_of_the_host_may_differ() -> None:
    both = variants_of(COMMON, [], [], "kernel.timer_migration=1,0")
    assert both.sysctl == "kernel.timer_migration"
    assert (value_of(both.a), value_of(both.b)) == ("1", "0")
    assert both.a.setting == "kernel.timer_migration=1"
    assert len(both.sweep.cells) == 1


@pytest.mark.parametrize(
    ("given", "a", "b", "sysctl", "problem"),
    [
        (COMMON, [], [], None, "two variants are needed"),
        (COMMON, ["rearm=absolute"], [], None, "two variants are needed"),
        (COMMON, ["rearm=absolute"], ["rearm=absolute"], None, "both variants are"),
        (COMMON, ["rearm"], ["rearm=relative"], None, "--a 'rearm' is not allowed"),
        (COMMON, ["map_size=1"], ["map_size=2"], None, "map_size is given twice"),
        (COMMON, ["rearm=absolute,relative"], ["rearm=relative"], None, "2 cells of --a"),
        (COMMON, ["rearm=never"], ["rearm=relative"], None, "--rearm: 'never' is not allowed"),
        (COMMON, ["nothing=1"], ["rearm=relative"], None, "has no option nothing"),
        (COMMON, ["rearm=absolute"], ["rearm=relative"], "kernel.x=0,1", "name two differences"),
        (COMMON, [], [], "kernel.x=0", "--sysctl 'kernel.x=0' is not allowed"),
        (COMMON, [], [], "kernel.x=1,1", "--sysctl 'kernel.x=1,1' is not allowed"),
        ({**COMMON, "timeout": "1ms,2ms"}, [], [], "kernel.x=0,1", "2 cells of both"),
    ],
)
def test_mistakes_are_named(
    given: dict[str, Any], a: list[str], b: list[str], sysctl: str | None, problem: str
) -> None:
    with pytest.raises(UsageError, match=problem):
        variants_of(given, a, b, sysctl)
