"""Axes of a cell as they were written before, to how they are called now. Pure.

Before re-arm was an axis, timers of ``resident`` and ``sampler`` kept their grid with flag ``abs``,
and started again relative to their callback without it; what the kernel itself starts again always
kept it. Controls without a program are those of both. Phase ``even`` was called ``spread``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bench.control import WITHOUT_PROGRAM
from bench.spec import Engine, Mode, Phase, Rearm

_REARMING = ("resident", "sampler")
_BY_KERNEL = (Engine.TIMERFD, Engine.PERF_EVENT)
_ABS = "abs"
_SPREAD = "spread"


def upgraded(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """A record or a header with the axes of its cell, or of its sweep, as they are called now."""
    cell, sweep = data.get("cell"), data.get("sweep")
    if isinstance(cell, Mapping):
        return {**data, "cell": _cell(cell)}
    if isinstance(sweep, Mapping) and isinstance(sweep.get("cells"), list):
        grids = [new for grid in sweep["cells"] for new in _grids(grid)]
        return {**data, "sweep": {**sweep, "cells": grids}}
    return data


def _cell(cell: Mapping[str, Any]) -> Mapping[str, Any]:
    if cell.get("phase") == _SPREAD:
        cell = {**cell, "phase": Phase.EVEN}
    if cell.get("program") not in _REARMING or "rearm" in cell:
        return cell
    flags = cell.get("flags") or ()
    bare = cell.get("control") in WITHOUT_PROGRAM
    kept = bare or _ABS in flags or cell.get("engine") in _BY_KERNEL
    rearm = Rearm.ABSOLUTE if kept else Rearm.RELATIVE
    once = cell.get("mode") == Mode.ONE_SHOT
    return {**cell, "rearm": None if once else rearm, "flags": _without_abs(flags)}


def _grids(grid: Any) -> Iterator[Any]:
    """A grid, in parts if it had timers of both kinds."""
    if not isinstance(grid, Mapping):
        yield grid
        return
    rearming = grid.get("program") in _REARMING and "rearm" not in grid
    if rearming or "phase" in grid:
        phases = grid.get("phase", [_SPREAD])
        grid = {**grid, "phase": [Phase.EVEN if phase == _SPREAD else phase for phase in phases]}
    if not rearming:
        yield grid
        return
    engines, flags = grid.get("engine", [Engine.BPF_TIMER]), grid.get("flags", [()])
    by_kernel = [engine for engine in engines if engine in _BY_KERNEL]
    others = [engine for engine in engines if engine not in _BY_KERNEL]
    absolute = [_without_abs(each) for each in flags if _ABS in each]
    relative = [each for each in flags if _ABS not in each]
    for part, theirs, rearm in (
        (others, relative, Rearm.RELATIVE),
        (others, absolute, Rearm.ABSOLUTE),
        (by_kernel, flags, Rearm.ABSOLUTE),
    ):
        if part and theirs:
            yield {**grid, "engine": part, "flags": theirs, "rearm": [rearm]}


def _without_abs(flags: Sequence[str]) -> list[str]:
    return [flag for flag in flags if flag != _ABS]
