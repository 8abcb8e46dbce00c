"""What ``bench timers`` shows of its rows."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.console import Console

from bench.cli.timers_table import print_timers
from bench.watch.armed import MapRow, TimerRow, document
from bench.watch.census import TimerMap

TABLE = TimerMap(7, "flows\x1b", "hash", 4096, 4, 0, 0, 0, 1)
TIMER = TimerRow(
    key="{addr: 1, port: 53}",
    key_hex="0100000035000000",
    key_bytes=8,
    expires_in_ns=1_500_000,
    clock="monotonic",
    cpu=3,
    program=42,
    program_name="classify",
    callback="flow_idle",
)


def screen(*rows: MapRow) -> str:
    out = io.StringIO()
    print_timers(Console(file=out, width=80), rows)
    return out.getvalue()


def test_a_map_has_its_timers_below_it() -> None:
    text = screen(MapRow(TABLE, 2_000, (TIMER,)))
    assert "map 7 flows\ufffd (hash, 4,096 entries): 2,000 timers armed, the 1 due first" in text
    row = next(line for line in text.splitlines() if "flow_idle" in line)
    assert row.split()[:5] == ["1.5ms", "3", "monotonic", "42", "classify"]
    assert "2,000 timers armed in 1 map." in text


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"key": None}, "0x0100000035000000"),
        ({"key": None, "key_bytes": 200}, "0x0100000035000000 ..."),
        ({"callback": None}, " -  "),
        ({"expires_in_ns": -2_000}, "late 2µs"),
    ],
)
def test_what_is_not_known_or_late_is_shown_as_such(changes: dict[str, object], text: str) -> None:
    assert text in screen(MapRow(TABLE, 1, (replace(TIMER, **changes),)))  # type: ignore[arg-type]


def test_maps_without_timers_say_why() -> None:
    assert "gone meanwhile" in screen(MapRow(TABLE, None, ()))
    assert "nobody holds it" in screen(MapRow(replace(TABLE, users=0), 0, ()))
    assert screen() == "No map on this host can hold a bpf_timer.\n"


def test_the_document_has_every_field_of_a_timer() -> None:
    found = document([MapRow(TABLE, 1, (TIMER,)), MapRow(TABLE, None, ())], "6.1")
    first, second = found["maps"]
    assert first["timers"][0] == {
        "key": "{addr: 1, port: 53}",
        "key_hex": "0100000035000000",
        "key_bytes": 8,
        "expires_in_ns": 1_500_000,
        "clock": "monotonic",
        "cpu": 3,
        "program": 42,
        "program_name": "classify",
        "callback": "flow_idle",
    }
    assert second["armed"] is None and found["kernel"] == "6.1"
