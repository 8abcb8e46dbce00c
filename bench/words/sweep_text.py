"""A sweep as a file that can be run again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, fields
from typing import Any

import yaml

from bench.spec import Grid, Sweep, flags_text
from bench.units import exact_count, exact_duration
from bench.words.axes import hold_text, load_text

_TEXTS: dict[str, Callable[[Any], Any]] = {
    "duration": exact_duration,
    "warmup": exact_duration,
    "budget": exact_duration,
    "timeout": exact_duration,
    "hold": hold_text,
    "map_size": exact_count,
    "payload": exact_count,
    "load": load_text,
}
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
    for entry in fields(item):
        value = getattr(item, entry.name)
        changed = entry.default is MISSING or value != entry.default
        if entry.name != "cells" and value is not None and (changed or entry.name in _ALWAYS):
            found[entry.name] = _written(entry.name, value)
    return found


def _written(key: str, value: Any) -> Any:
    if key == "options":
        return {name: list(values) for name, values in value}
    if key == "flags":
        return [flags_text(flags) for flags in value]
    if isinstance(value, tuple):
        items = [_written(key, item) for item in value]
        return items[0] if len(items) == 1 else items
    if key in _TEXTS:
        return _TEXTS[key](value)
    return value if isinstance(value, (bool, int, float)) else str(value)
