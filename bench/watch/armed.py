"""The answer of ``bench timers``: each map with timers, and those of them that are armed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from bench.watch.census import Armed, Census, TimerMap
from bench.watch.names import Names, keys_text

FORMAT = 1
CLOCKS = {0: "realtime", 1: "monotonic", 7: "boottime"}


@dataclass(frozen=True, slots=True)
class TimerRow:
    """One armed timer.

    Attributes:
        key: Of its entry, by its type; None where the map has none that can be shown.
        key_hex: The same as bytes; of a longer one the first 128.
        key_bytes: Size of the key.
        expires_in_ns: Time until it is due; negative if it is late already.
        clock: On which it runs, which may be another than was asked for.
        cpu: In whose queue it is.
        program: Id of the program whose callback it has.
        program_name: Its name; None if it cannot be looked at.
        callback: The function; None where the kernel hides addresses.
    """

    key: str | None
    key_hex: str
    key_bytes: int
    expires_in_ns: int
    clock: str
    cpu: int
    program: int
    program_name: str | None
    callback: str | None


@dataclass(frozen=True, slots=True)
class MapRow:
    """A map with timers.

    Attributes:
        table: The map.
        armed: Armed timers; None if the map went away meanwhile.
        timers: Those due first.
    """

    table: TimerMap
    armed: int | None
    timers: tuple[TimerRow, ...]


def rows_of(census: Census, maps: Sequence[TimerMap]) -> list[MapRow]:
    """Look at each map."""
    names = Names()
    return [_row(table, census.armed(table), names) for table in maps]


def _row(table: TimerMap, found: Armed | None, names: Names) -> MapRow:
    if found is None:
        return MapRow(table, None, ())
    keys = [bytes(row["key"])[: table.key_bytes] for row in found.soonest]
    texts = keys_text(table, keys)
    timers = [
        _timer(row, key, text, names)
        for row, key, text in zip(found.soonest, keys, texts, strict=True)
    ]
    return MapRow(table, found.number, tuple(timers))


def _timer(row: np.void, key: bytes, text: str | None, names: Names) -> TimerRow:
    program = int(row["program"])
    known = names.program(program)
    clock = int(row["clock"])
    return TimerRow(
        key=text,
        key_hex=key.hex(),
        key_bytes=int(row["key_bytes"]),
        expires_in_ns=int(row["expires_ns"].astype(np.int64) - row["now_ns"].astype(np.int64)),
        clock=CLOCKS.get(clock, f"clock {clock}"),
        cpu=int(row["cpu"]),
        program=program,
        program_name=known.name if known else None,
        callback=names.callback(program, int(row["callback"])),
    )


def document(rows: Sequence[MapRow], release: str) -> dict[str, Any]:
    """The JSON document."""
    return {"format": FORMAT, "kernel": release, "maps": [_map_document(row) for row in rows]}


def _map_document(row: MapRow) -> dict[str, Any]:
    table = row.table
    return {
        "id": table.id,
        "name": table.name,
        "type": table.kind,
        "max_entries": table.max_entries,
        "key_bytes": table.key_bytes,
        "armed": row.armed,
        "timers": [asdict(timer) for timer in row.timers],
    }
