from __future__ import annotations

import re
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from bench.cli.progress import LiveDisplay, PlainDisplay, display_for, outcome_line
from bench.record import Status, TrialRecord
from bench.spec import Cell, Engine, MapType
from bench.sweep.plan import PlannedTrial
from bench.trial.measurement import Sample

MakeCell = Callable[..., Cell]
MakeRecord = Callable[..., TrialRecord]
LONG: dict[str, Any] = {"program": "resident", "map_size": 1_234_567, "timeout_ns": 1_234_567_891}
SAMPLE = Sample(1, 999_000.0, 123_456_789, 0.987, 0.0, None)
BUSY = Sample(1, 999_000.0, 123_456_789, 0.987, 0.123, 9_990.0)


def console(width: int = 100, *, terminal: bool = False) -> Console:
    return Console(file=StringIO(), width=width, force_terminal=terminal, color_system=None)


def written(out: Console) -> str:
    assert isinstance(out.file, StringIO)
    return out.file.getvalue()


def test_a_line_tells_trial_status_cell_and_figures(make_record: MakeRecord) -> None:
    assert outcome_line(make_record(7, p50_ns=5_000)).plain == (
        "trial   7 ok      resident 1k x 100ms, load 0  995k callbacks/s  p99 50µs"
    )


def test_a_note_is_told_although_the_trial_counts(make_record: MakeRecord) -> None:
    first, second = outcome_line(make_record(7, notes=["drift"])).plain.splitlines()
    assert " ok " in first and second.strip() == "note: drift"


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"status": Status.INVALID, "reasons": ["steal 20%", "ledger open"]},
         "steal 20%; ledger open"),
        ({"status": Status.FAILED, "error": "refused\nlong log\n"}, "refused"),
        ({"status": Status.FAILED, "error": ""}, "no reason recorded"),
        ({"status": Status.FAILED}, "no reason recorded"),
    ],
)  # fmt: skip
def test_a_trial_that_is_not_ok_says_why_in_one_more_line(
    more: dict[str, Any], expected: str, make_record: MakeRecord
) -> None:
    lines = outcome_line(make_record(1, **more)).plain.split("\n")
    assert len(lines) == 2
    assert lines[1].strip() == expected


def test_without_a_terminal_there_is_one_line_per_finished_trial(
    make_record: MakeRecord, make_cell: MakeCell
) -> None:
    out = console(width=40)
    with display_for(out, {1: 5.0, 2: 5.0}) as display:
        assert isinstance(display, PlainDisplay)
        for trial in (1, 2):
            display.trial_started(PlannedTrial(trial=trial, block=1, cell=make_cell()))
            display.sample(SAMPLE)
            display.trial_ended(make_record(trial))
    lines = written(out).splitlines()
    assert [line[:12] for line in lines] == ["trial   1 ok", "trial   2 ok"]


def test_a_terminal_gets_the_live_display() -> None:
    assert isinstance(display_for(console(terminal=True), {1: 5.0}), LiveDisplay)


def test_a_terminal_that_cannot_move_its_cursor_gets_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    assert isinstance(display_for(console(terminal=True), {1: 5.0}), PlainDisplay)


def view(display: LiveDisplay, out: Console) -> list[str]:
    lines = out.render_lines(display._view(), pad=False)
    return ["".join(segment.text for segment in line).rstrip() for line in lines]


@pytest.mark.parametrize("width", [60, 80, 100])
@pytest.mark.parametrize("step", ["start", "trial", "sample", "end"])
def test_the_live_display_has_lines_that_fit(
    step: str, width: int, make_cell: MakeCell, make_record: MakeRecord
) -> None:
    out = console(width, terminal=True)
    display = LiveDisplay(out, dict.fromkeys(range(1, 10_001), 36.0))
    planned = PlannedTrial(trial=9_999, block=1, cell=make_cell(**LONG, load_hz=9_999_999))
    if step != "start":
        display.trial_started(planned)
    if step in ("sample", "end"):
        display.sample(BUSY)
    if step == "end":
        display.trial_ended(make_record(1))
    lines = view(display, out)
    assert len(lines) == 3
    assert all(len(line) <= width for line in lines)
    assert lines[0].startswith("bench ") and "/10000 " in lines[0]
    assert lines[0].endswith(" left")
    if step == "sample":
        name = "trial 9999: resident 1234567 x 1234567891ns, load 9999999"
        assert " ".join(lines[1:-1]).startswith(name)
        assert "ksoftirqd 98.7%" in lines[-1]


@pytest.mark.parametrize("width", [60, 80, 100])
def test_what_tells_cells_apart_is_never_cut_off(width: int, make_cell: MakeCell) -> None:
    out = console(width, terminal=True)
    display = LiveDisplay(out, {1: 1.0})
    names = set()
    for map_type in MapType:
        cell = make_cell(**LONG, load_hz=5_000, engine=Engine.USER_GC, hold_ns=5, map_type=map_type)
        display.trial_started(PlannedTrial(trial=1, block=1, cell=cell))
        names.add(" ".join(view(display, out)[1:-1]))
    assert len(names) == len(MapType)


def test_the_live_lines_tell_cell_and_figures(make_cell: MakeCell) -> None:
    out = console(80, terminal=True)
    display = LiveDisplay(out, {1: 20.0, 2: 21.0, 3: 24.0})
    assert view(display, out)[0].endswith("0/3 1:05 left")
    assert view(display, out)[1:] == ["starting", ""]
    display.trial_started(PlannedTrial(trial=2, block=1, cell=make_cell()))
    label = "trial 2: resident 1k x 100ms, load 0"
    assert view(display, out)[1:] == [label, "filling, arming, warming up"]
    display.sample(SAMPLE)
    figures = "999k callbacks/s  p99 123ms  ksoftirqd 98.7%"
    assert view(display, out)[1:] == [label, figures]
    display.sample(BUSY)
    assert view(display, out)[2] == f"{figures}  9.99k conn/s  steal 12.3%"


def test_only_trials_that_are_not_ok_stay_on_the_screen(make_record: MakeRecord) -> None:
    out = console(100, terminal=True)
    with LiveDisplay(out, {1: 5.0, 2: 5.0}) as display:
        display.trial_ended(make_record(1))
        display.trial_ended(make_record(2, status=Status.INVALID, reasons=["steal 20%"]))
    assert "trial   2 invalid" in written(out) and "steal 20%" in written(out)
    assert "trial   1 ok" not in written(out)


def test_no_color_leaves_no_colour(
    make_record: MakeRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    def shown() -> str:
        out = Console(file=StringIO(), width=80, force_terminal=True, color_system="standard")
        with display_for(out, {1: 5.0}) as display:
            display.trial_ended(make_record(1, status=Status.FAILED, error="refused"))
        return written(out)

    colour = re.compile(r"\x1b\[(?:\d+;)*(?:3[0-7]|9[0-7]|38|48)[;m]")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert colour.search(shown())
    monkeypatch.setenv("NO_COLOR", "1")
    assert not colour.search(shown())
