"""Format 1, as it is written in old files, to what this version reads. Pure.

It had no codes of reasons in its first records, so the kind of each is read from its sentence,
here and nowhere else. What it never had stays unknown: :data:`LACKS` says what that is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from bench.reason import Code
from bench.record import RunHeader

LACKS = {1: ("boot_id",)}
"""Fields of ``run.json`` that a format does not have and nothing can be concluded about."""

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
    reasons, codes = data.get("reasons"), data.get("codes")
    if data["format"] != 1 or codes or not isinstance(reasons, list):
        return data
    return {**data, "codes": [_code(str(reason)) for reason in reasons]}


def _code(sentence: str) -> Code:
    known = (code for code, pattern in _SENTENCES.items() if re.search(pattern, sentence))
    return next(known, Code.UNKNOWN)


def lacking(header: RunHeader) -> str:
    """What a run lacks because of its format, a sentence; empty if it lacks nothing."""
    names = LACKS.get(header.format, ())
    what = " and ".join(names)
    return f"{header.run_id} is of format {header.format}, which has no {what}" if names else ""
