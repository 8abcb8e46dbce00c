"""Keys of the live table."""

from __future__ import annotations

import io
import os
import pty
import sys
import termios
import time
from dataclasses import replace

import pytest
from rich.console import Console
from rich.live import Live

from bench.cli.watch_live import ORDERS, View, live_view, ordered
from bench.histogram import Histogram
from bench.watch.document import MapFigures
from tests.unit.cli.test_watch_screen import DOCUMENT, MAP


def named(name: str, number: int, late_ns: int) -> MapFigures:
    late = Histogram.of([late_ns] * 2_000).summary()
    return replace(MAP, name=name, fired=number, lateness=late)


MANY = replace(DOCUMENT, maps=[named("often", 100, 1_000), named("late", 5, 9_000_000)])


def view() -> tuple[View, Live]:
    live = Live(console=Console(file=io.StringIO(), width=160), auto_refresh=False)
    return View(live), live


def drawn(live: Live) -> str:
    out = io.StringIO()
    Console(file=out, width=160).print(live.renderable)
    return out.getvalue()


@pytest.mark.parametrize(("by", "first"), [("fired/s", "often"), ("late p99", "late")])
def test_the_highest_comes_first(by: str, first: str) -> None:
    assert set(ORDERS) >= {by}
    assert ordered(MANY, by).maps[0].name == first


def test_keys_sort_freeze_and_quit() -> None:
    shown, live = view()
    shown.press("s")  # Nothing is shown yet.
    shown.show(MANY)
    assert "sorted by late p99" in drawn(live)
    shown.press(" ")
    shown.show(replace(MANY, maps=[]))
    assert "often" in drawn(live) and "FROZEN" in drawn(live)
    shown.press(" ")
    shown.show(replace(MANY, maps=[]))
    assert "often" not in drawn(live)
    with pytest.raises(KeyboardInterrupt):
        shown.press("q")


def test_what_is_left_at_the_end_has_no_keys_and_says_its_cost_elsewhere() -> None:
    shown, live = view()
    shown.end()  # Nothing was shown.
    shown.show(MANY)
    assert "quit" in drawn(live) and "Own cost" in drawn(live)
    shown.press("s")
    shown.end()
    text = drawn(live)
    assert "quit" not in text and "Own cost" not in text
    assert text.index("late") < text.index("often")


def test_a_pause_obeys_keys_and_leaves_the_terminal_as_it_was(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    controller, terminal = pty.openpty()
    with os.fdopen(terminal) as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        before = termios.tcgetattr(stdin)
        with live_view(Console(file=io.StringIO(), width=80)) as shown:
            shown.pause(time.monotonic_ns() + 10_000_000)
            os.write(controller, b"sq")
            with pytest.raises(KeyboardInterrupt):
                shown.pause(time.monotonic_ns() + 10_000_000_000)
        assert termios.tcgetattr(stdin) == before
    os.close(controller)
