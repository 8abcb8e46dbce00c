"""A sweep as a file that can be run again."""

from __future__ import annotations

from dataclasses import MISSING, fields
from typing import Any

import yaml

from bench.programs.registry import PROGRAMS
from bench.spec import AXES, Grid, Sweep
from bench.units import exact_duration

_AXES = {axis.key: axis.written for axis in AXES}
_DURATIONS = {"duration", "warmup", "pilot", "budget"}
_ALWAYS = {
    "duration",
    "warmup",
    "repeat",
    "seed",
    "map_size",
    "timeout",
    "load",
    "name",
    "controls",
}


def sweep_yaml(sweep: Sweep) -> str:
    """The sweep as a file that can be run again; most keys with default values are left out."""
    data = _written_keys(sweep) | {"cells": [_written_keys(grid) for grid in sweep.cells]}
    return yaml.safe_dump(
        data, sort_keys=False, allow_unicode=True, width=90, default_flow_style=None
    )


def _written_keys(item: Sweep | Grid) -> dict[str, Any]:
    found = {}
    program = None if isinstance(item, Sweep) else PROGRAMS.get(item.program)
    unused = program.unused_axes if program else ()
    for entry in (entry for entry in fields(item) if entry.name not in unused):
        value = getattr(item, entry.name)
        changed = entry.default is MISSING or value != entry.default
        if entry.name != "cells" and value is not None and (changed or entry.name in _ALWAYS):
            found[entry.name] = _written(entry.name, value)
    return found


def _written(key: str, value: Any) -> Any:
    if key == "options":
        return {name: list(values) for name, values in value}
    if key in _AXES:
        texts = [_AXES[key](each) for each in value]
        return texts[0] if len(texts) == 1 else texts
    if key in _DURATIONS:
        return exact_duration(value)
    if isinstance(value, tuple):
        return [str(each) for each in value]
    return value if isinstance(value, (bool, int, float)) else str(value)
