"""Files of older versions, as they are written, to what this version reads. Pure.

Format 1 had no codes of reasons in its first records, so the kind of each is read from its
sentence, here and nowhere else. Its observer ``bcc`` was what a sweep had that did not ask for any,
so the axis reads ``auto`` today; what really observed stands in ``observer``. ``tcp`` had no axis
``ends``: it met whatever ends this host had. What a format never had stays unknown: :data:`LACKS`
says what that is.
How re-arm and phase were written is in :mod:`bench.store.upgrade_axes`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from bench.reason import Code
from bench.record import RunHeader
from bench.spec import Control, Ends
from bench.store import upgrade_axes

LACKS = {1: ("boot_id",)}
"""Fields of ``run.json`` that a format does not have and nothing can be concluded about."""

_USUAL = {"bcc": "auto"}
_SENTENCES = {
    Code.LEDGER_OPEN: r"^ledger open",
    Code.TIMERS_REFUSED: r"^timers not ",
    Code.ENTRIES_LEFT: r" left in the map, ",
    Code.TIMERS_LOST: r" lost: armed, ",
    Code.OTHER_CLOCK: r" on another clock ",
    Code.UNMATCHED: r" against connection ends ",
    Code.SAMPLES_FEW: r"^too few samples",
    Code.EARLY: r" before their expiry$",
    Code.LOAD_SHORT: r"^load ",
    Code.DEADLINE: r"^the program's own deadline ",
    Code.STEAL: r"^steal ",
    Code.DRIFT: r"^host drifted",
    Code.FOREIGN: r" that are not this run's load ",
    Code.INTERRUPTED: r"^interrupted$",
}


def upgraded(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """The content of ``run.json`` or of a line of ``trials.jsonl``, as the newest format has it."""
    data = upgrade_axes.upgraded(data)
    served = _from_load_host(data)
    data = _in_cells(data, lambda cell: _with_ends(cell, served=served))
    if data["format"] != 1:
        return data
    return _in_cells({**data, **_coded(data)}, _unasked)


def _in_cells(data: Mapping[str, Any], change: Callable[[Any], Any]) -> Mapping[str, Any]:
    """The same with the cell of a record, or each of a sweep, changed."""
    cell, sweep = data.get("cell"), data.get("sweep")
    if isinstance(cell, dict):
        return {**data, "cell": change(cell)}
    if isinstance(sweep, dict) and isinstance(grids := sweep.get("cells"), list):
        changed = [change(grid) if isinstance(grid, dict) else grid for grid in grids]
        return {**data, "sweep": {**sweep, "cells": changed}}
    return data


def _coded(data: Mapping[str, Any]) -> Mapping[str, Any]:
    reasons = data.get("reasons")
    if data.get("codes") or not isinstance(reasons, list):
        return {}
    return {"codes": [_code(str(reason)) for reason in reasons]}


def _unasked(cell: dict[str, Any]) -> dict[str, Any]:
    """A cell with the observer as it is called today."""
    if "observer" not in cell:
        return cell
    asked = cell["observer"]
    if isinstance(asked, list):
        return {**cell, "observer": [_USUAL.get(one, one) for one in asked]}
    return {**cell, "observer": _USUAL.get(asked, asked)}


def _from_load_host(data: Mapping[str, Any]) -> bool:
    """Whether another host made the connections, so that this one had their serving ends only."""
    load = data.get("load")
    if isinstance(load, dict) and load.get("host"):
        return True
    return any(str(word).startswith("--load-host") for word in data.get("command") or ())


def _with_ends(cell: dict[str, Any], *, served: bool) -> dict[str, Any]:
    """A cell of ``tcp`` with the ends that it met; a load alone meets none, see bench.control."""
    if cell.get("program") != "tcp" or "ends" in cell:
        return cell
    one = served or cell.get("control") == Control.LOAD
    return {**cell, "ends": str(Ends.SERVER if one else Ends.BOTH)}


def _code(sentence: str) -> Code:
    known = (code for code, pattern in _SENTENCES.items() if re.search(pattern, sentence))
    return next(known, Code.UNKNOWN)


def lacking(header: RunHeader) -> str:
    """What a run lacks because of its format, a sentence; empty if it lacks nothing."""
    names = LACKS.get(header.format, ())
    what = " and ".join(names)
    return f"{header.run_id} is of format {header.format}, which has no {what}" if names else ""
