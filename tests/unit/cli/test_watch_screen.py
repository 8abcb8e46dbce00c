"""What ``bench watch`` shows of a document."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.console import Console

from bench.cli.watch_screen import (
    age_text,
    headline,
    lines,
    own_line,
    print_lines,
    screen,
    titles,
)
from bench.histogram import Histogram
from bench.watch.answer import not_watched
from bench.watch.document import (
    CallbackFigures,
    HeldBy,
    MapFigures,
    Own,
    Requests,
    Venues,
    WatchDocument,
)

FIGURES = {
    "fired": 2_000,
    "fired_hz": 1_000.0,
    "lateness": Histogram.of([12_000] * 2_000).summary(),
    "venue": Venues(idle=1_500, task=500, ksoftirqd=0),
    "batch": 2.5,
    "unread_clock": 0,
    "started_hz": None,
    "pushed_back_hz": None,
    "cancelled_hz": None,
    "elsewhere_share": None,
    "run": None,
    "run_cpu_share": None,
    "requests": None,
}
CALLBACK = CallbackFigures(
    **FIGURES, program=42, program_name="classify", callback="flow_idle", loaded_s=60.0
)
HELD = [HeldBy(pid=1234, name="proxy"), *(HeldBy(pid=None, name=f"/pin/{n}") for n in range(3))]
MAP = MapFigures(
    **FIGURES,
    id=7,
    name="flows\x1b",
    type="hash",
    max_entries=64,
    present=True,
    held_by=HELD,
    armed=None,
    callbacks=[CALLBACK],
)
DOCUMENT = WatchDocument(
    format=1,
    kernel="6.1",
    begun="2026-01-01T00:00:00+00:00",
    duration_ns=2_000_000_000,
    hooks=["on_expiry"],
    sample=1,
    batch=2.5,
    maps=[MAP],
    other=None,
    own=Own(events=2_000, timed=31, event_ns=58.0, cpu_share=0.000_058, memory_bytes=16 << 20),
    unknown={"started_hz": "x", "run": "x", "requests": not_watched("requests"), "armed": "x"},
)


def test_what_is_asked_for_has_columns_and_what_is_refused_is_unknown() -> None:
    assert "ahead p50" not in titles(DOCUMENT)
    refused = replace(DOCUMENT, unknown=DOCUMENT.unknown | {"requests": "no fentry here"})
    assert "ahead p50 -, ahead p99 -, queued p99 -" in "\n".join(lines(refused))
    asked = Requests(
        hz=25.0,
        ahead=Histogram.of([20_000_000] * 50).summary(),
        queued=Histogram.of([90] * 2_000).summary(),
    )
    one = replace(MAP, callbacks=[replace(CALLBACK, requests=asked)])
    known = {name: why for name, why in DOCUMENT.unknown.items() if name != "requests"}
    said = "\n".join(lines(replace(DOCUMENT, maps=[one], unknown=known)))
    assert "asked/s 25, ahead p50 20ms, ahead p99 -, queued p99 90ns" in said


def shown(document: WatchDocument, width: int = 160) -> str:
    out = io.StringIO()
    Console(file=out, width=width).print(screen(document))
    return out.getvalue()


def test_a_line_has_each_figure_with_its_title() -> None:
    first, second = lines(DOCUMENT)
    assert first == "1k callbacks/s within 2s in 1 map, 2.5 a HRTIMER softirq"
    assert second == (
        "map 7 flows\ufffd, classify / flow_idle: fired/s 1k, late p50 12µs, late p99 12µs, "
        "late max 12µs, batch 2.5, idle 75%, task 25%, ksoftirqd 0%, "
        "age 60s, held by proxy (1234), /pin/0 and 2 more"
    )


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(None, "-"), (0.4, "0s"), (119, "119s"), (120, "2min"), (7_200, "2h"), (172_800, "2d")],
)
def test_an_age_has_one_unit(seconds: float | None, text: str) -> None:
    assert age_text(seconds) == text


def test_what_is_not_watched_has_no_column() -> None:
    assert "starts/s" not in titles(DOCUMENT)
    watched = replace(DOCUMENT, unknown={})
    assert {"starts/s", "run p50", "armed"} <= set(titles(watched))


@pytest.mark.parametrize("width", [80, 120, 200])
def test_the_table_fits(width: int) -> None:
    text = shown(DOCUMENT, width)
    assert max(len(line) for line in text.splitlines()) <= width
    assert "58ns at each of 2,000 events" in " ".join(text.split())


@pytest.mark.parametrize("width", [80, 100, 120, 150])
def test_a_long_path_is_broken_or_left_out_and_the_table_stays_one(width: int) -> None:
    path = "/sys/fs/bpf/some_service/with_a_long_name/maps/sched_tick_ctxs"
    held = [HeldBy(pid=None, name=path)]
    text = shown(replace(DOCUMENT, maps=[replace(MAP, held_by=held)]), width)
    assert "fired/s 1k" not in text and "ksoftirqd" in text, text
    assert max(len(line) for line in text.splitlines()) <= width


def test_a_map_that_is_gone_says_so() -> None:
    gone = replace(DOCUMENT, maps=[replace(MAP, present=False, callbacks=[])])
    assert "map 7 flows\ufffd (gone), -: " in list(lines(gone))[1]


def test_nothing_that_fires_is_said() -> None:
    quiet = replace(DOCUMENT, maps=[replace(MAP, fired=0, fired_hz=0.0)])
    assert headline(quiet) == "No bpf_timer fired within 2s; 1 map could hold some."


def test_own_cost_that_was_not_measured_is_no_number() -> None:
    own = Own(events=3, timed=0, event_ns=None, cpu_share=None, memory_bytes=16 << 20)
    unknown = {"event_ns": "too few events"}
    text = own_line(replace(DOCUMENT, own=own, unknown=unknown))
    assert text == "Own cost: - (too few events); 16 MiB of counters"


def test_lines_are_printed_in_full() -> None:
    out = io.StringIO()
    print_lines(Console(file=out, width=40), DOCUMENT)
    assert len(out.getvalue().splitlines()) == 2


@pytest.mark.parametrize("width", [80, 99])
def test_a_narrow_table_breaks_no_title_and_leaves_nothing_out_of_what_it_shows(width: int) -> None:
    words = set(shown(DOCUMENT, width).split())
    assert {"program", "callback", "ksoftirqd", "p50", "p99", "max"} <= words
    assert not {"batch", "idle", "task"} & words
    # What is left out last is who holds a map.
    assert ("held" in words) is (width == 99)


@pytest.mark.parametrize("unknown", [DOCUMENT.unknown, {}])
def test_nothing_of_a_table_is_cut_at_any_width(unknown: dict[str, str]) -> None:
    path = "/sys/fs/bpf/some_service/with_a_long_name/maps/sched_tick_ctxs"
    called = replace(CALLBACK, run=CALLBACK.lateness, run_cpu_share=0.1)
    one = replace(MAP, held_by=[HeldBy(pid=None, name=path)], callbacks=[called])
    document = replace(DOCUMENT, maps=[one], unknown=unknown)
    for width in range(60, 260):
        said = shown(document, width).splitlines()
        titled = [line for line in said if "held by" in line and "fired/s" in line]
        if titled and "fired/s 1k" not in "".join(said):
            at = titled[0].index("held by")
            held = "".join(line[at:].strip() for line in said[said.index(titled[0]) + 2 : -2])
            assert path in held, (width, said)


@pytest.mark.parametrize(("width", "shows"), [(129, False), (130, True)])
def test_batches_need_a_wide_terminal(width: int, shows: bool) -> None:
    assert ("batch" in shown(DOCUMENT, width).split()) is shows


def test_what_no_table_of_that_width_can_show_stands_in_words() -> None:
    words = " ".join(shown(DOCUMENT, 40).split())
    assert "late p50" in words and "program /" not in words and "held by" in words
