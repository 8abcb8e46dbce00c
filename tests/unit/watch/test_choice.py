from __future__ import annotations

import pytest

from bench.errors import BenchError
from bench.watch import choice
from bench.watch.census import TimerMap
from bench.watch.choice import chosen


def table(number: int, name: str) -> TimerMap:
    return TimerMap(
        id=number,
        name=name,
        kind="hash",
        max_entries=8,
        key_bytes=4,
        timer_offset=0,
        btf_id=0,
        btf_key=0,
        users=1,
    )


MAPS = [table(7, "flows"), table(9, "a_map_with_a_lo"), table(12, "flows"), table(13, "9")]


@pytest.mark.parametrize(
    ("wanted", "ids"),
    [
        (None, [7, 9, 12, 13]),
        ("12", [12]),
        ("flows", [7, 12]),
        ("9", [9, 13]),
        ("a_map_with_a_long_name", [9]),
    ],
)
def test_maps_are_meant_by_number_or_name(wanted: str | None, ids: list[int]) -> None:
    assert [found.id for found in chosen(MAPS, wanted)] == ids


def test_a_path_is_that_of_a_pin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choice, "pinned_map_id", {"/pins/flows": 12}.get)
    assert [found.id for found in chosen(MAPS, "/pins/flows")] == [12]
    with pytest.raises(BenchError, match="no map with timers is '/pins/other'"):
        chosen(MAPS, "/pins/other")


@pytest.mark.parametrize("wanted", ["8", "flow", "", "٩"])
def test_what_is_none_of_them_is_refused(wanted: str) -> None:
    with pytest.raises(BenchError, match="4 maps on this host can hold them"):
        chosen(MAPS, wanted)
