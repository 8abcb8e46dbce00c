from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace

import pytest
from rich.console import Console

from bench.record import RunHeader, Status, TrialRecord
from bench.report.terminal import WIDTH, console_for, print_report
from bench.spec import Cell, Hook, MapType

MakeRecord = Callable[..., TrialRecord]


def printed(header: RunHeader, records: list[TrialRecord]) -> str:
    file = io.StringIO()
    print_report(console_for(file), header, records)
    return file.getvalue()


def test_a_pipe_gets_100_columns_without_colour(
    header: RunHeader, records: list[TrialRecord]
) -> None:
    text = printed(header, records)
    assert max(map(len, text.splitlines())) <= WIDTH
    assert "\x1b" not in text
    assert "\N{HORIZONTAL ELLIPSIS}" not in text, "figures must not be cut"


def test_a_row_has_median_lowest_and_highest(header: RunHeader, records: list[TrialRecord]) -> None:
    lines = [line.split() for line in printed(header, records).splitlines()]
    at = lines.index("1k 100ms 0 2 4.5µs 45µs 450µs 996k 99.6% 92% 4.5% -".split())
    assert lines[at + 1] == "min 4µs 40µs 400µs 995k 99.5% 92% 4%".split()
    assert lines[at + 2] == "max 5µs 50µs 500µs 996k 99.6% 92% 5%".split()


def test_five_trials_have_the_ends_of_their_interval(
    header: RunHeader, make_record: MakeRecord
) -> None:
    """The lowest of the five is far below the others, and the interval is from there."""
    trials = [make_record(n, block=n, p50_ns=1_000 * n) for n in range(1, 6)]
    assert trials[0].lateness is not None
    trials[0] = replace(trials[0], lateness=replace(trials[0].lateness, p99_ns=None))
    lines = [line.split() for line in printed(header, trials).splitlines()]
    at = lines.index("1k 100ms 5 3µs 35µs 300µs 997k 99.7% 92% 3% -".split())
    assert lines[at + 1] == "low 1µs 20µs* 100µs 995k 99.5% 92% 1%".split()
    assert lines[at + 2] == "high 5µs 50µs* 500µs 999k 99.9% 92% 5%".split()


def test_wide_values_still_fit(
    header: RunHeader, make_cell: Callable[..., Cell], make_record: MakeRecord
) -> None:
    cells = [
        make_cell(map_size=1_048_576, timeout_ns=1_234_567, hook=hook, map_type=map_type)
        for hook in (Hook.TP_BTF, Hook.SOCKOPS)
        for map_type in (MapType.HASH_NOPREALLOC, MapType.ARRAY)
    ]
    records = [
        make_record(n, cell=cell, p50_ns=12_345, status=Status.INVALID)
        for n, cell in enumerate(cells * 2)
    ]
    text = printed(header, records)
    assert max(map(len, text.splitlines())) <= WIDTH
    assert "hook tp_btf, map type hash_noprealloc" in text
    assert text.count("!12.3µs") == 4


def test_no_figure_is_broken_where_the_terminal_is_small(
    header: RunHeader, records: list[TrialRecord], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The columns go into several tables instead."""
    wide = {word for line in printed(header, records).splitlines() for word in line.split()}
    for width in (60, 80):
        monkeypatch.setenv("COLUMNS", str(width))
        lines = printed(header, records).splitlines()
        assert max(map(len, lines)) <= width
        words = {word for line in lines for word in line.split() if "─" not in word}
        figures = {word for word in wide if word[0].isdigit() and "─" not in word}
        assert figures <= words
    assert sum("trials" in line.split() for line in lines) > 1


def test_invalid_and_failed_trials_are_listed(
    header: RunHeader, records: list[TrialRecord]
) -> None:
    text = printed(header, records)
    assert "6 ok, 3 invalid, 1 failed, 2 not run" in text
    assert "!9.2µs" in text
    assert "invalid 3: resident 100k x 100ms, load 0: steal 30% is above 10%" in text


def test_markup_and_control_characters_are_only_text(
    header: RunHeader, make_record: MakeRecord
) -> None:
    error = "[red]x[/red] [/nope] \x1b[2J"
    text = printed(header, [make_record(1, status=Status.FAILED, error=error)])
    assert "[red]x[/red] [/nope]" in text
    assert "\x1b" not in text


def test_nothing_measured(header: RunHeader) -> None:
    text = printed(replace(header, trials_planned=3), [])
    assert text == f"Run {header.run_id}: 0 ok, 0 invalid, 0 failed, 3 not run\n"


def test_a_terminal_is_used_in_full() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    assert isinstance(console_for(Terminal()), Console)
    assert console_for(Terminal()).is_terminal


def test_very_many_cells_are_not_printed(
    header: RunHeader, make_cell: Callable[..., Cell], make_record: MakeRecord
) -> None:
    records = [make_record(n, cell=make_cell(map_size=n)) for n in range(1, 302)]
    text = printed(header, records)
    assert "301 cells: their figures are in report.md" in text
    assert len(text.splitlines()) < 5
