from __future__ import annotations

from typing import Any

import pytest

from bench.store.upgrade_axes import upgraded


def cell(**axes: Any) -> dict[str, Any]:
    fields = {"program": "resident", "engine": "bpf_timer", "mode": "periodic", "flags": []}
    return {**fields, "phase": "spread", **axes}


def axes_of(record: Any) -> tuple[Any, ...]:
    return tuple(record["cell"].get(name) for name in ("rearm", "phase", "flags"))


@pytest.mark.parametrize(
    ("before", "rearm", "flags"),
    [
        ({}, "relative", []),
        ({"flags": ["abs"]}, "absolute", []),
        ({"flags": ["abs", "cpu_pin"]}, "absolute", ["cpu_pin"]),
        ({"flags": ["cpu_pin"]}, "relative", ["cpu_pin"]),
        ({"mode": "one_shot", "flags": ["abs"]}, None, []),
        ({"engine": "timerfd"}, "absolute", []),
        ({"control": "idle"}, "absolute", []),
        ({"control": "load"}, "absolute", []),
        ({"control": "empty"}, "relative", []),
        ({"program": "sampler", "flags": ["abs", "cpu_pin"]}, "absolute", ["cpu_pin"]),
        ({"program": "sampler", "engine": "perf_event"}, "absolute", []),
        ({"program": "tcp", "flags": ["abs"]}, None, ["abs"]),
    ],
)
def test_a_cell_says_how_its_timers_started_again(
    before: dict[str, Any], rearm: str | None, flags: list[str]
) -> None:
    assert axes_of(upgraded({"cell": cell(**before)})) == (rearm, "even", flags)


def test_what_says_so_already_is_left_alone() -> None:
    now = {"cell": cell(phase="random", rearm="absolute")}
    assert upgraded(now) == now
    assert upgraded({"trial": 1}) == {"trial": 1}


def grids(**axes: Any) -> list[dict[str, Any]]:
    return list(upgraded({"sweep": {"name": "x", "cells": [axes]}})["sweep"]["cells"])


def test_a_grid_with_both_kinds_becomes_two() -> None:
    found = grids(program="resident", flags=[[], ["abs"], ["cpu_pin"]], phase=["spread", "burst"])
    assert [(one["rearm"], one["flags"], one["phase"]) for one in found] == [
        (["relative"], [[], ["cpu_pin"]], ["even", "burst"]),
        (["absolute"], [[]], ["even", "burst"]),
    ]


def test_what_the_kernel_starts_again_is_a_grid_of_its_own() -> None:
    found = grids(program="resident", engine=["bpf_timer", "timerfd"])
    assert [(one["engine"], one["rearm"]) for one in found] == [
        (["bpf_timer"], ["relative"]),
        (["timerfd"], ["absolute"]),
    ]


def test_other_programs_keep_their_flags() -> None:
    (found,) = grids(program="tcp", flags=[["abs"]], phase=["spread"])
    assert found == {"program": "tcp", "flags": [["abs"]], "phase": ["even"]}
    assert upgraded({"sweep": {"cells": ["bad"]}}) == {"sweep": {"cells": ["bad"]}}
