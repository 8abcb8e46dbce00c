"""The live table of ``bench watch``: renewed at each interval, sorted and frozen by keys."""

from __future__ import annotations

import os
import select
import sys
import termios
import time
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from bench.cli.watch_screen import screen
from bench.units import NS_PER_S
from bench.watch.document import MapFigures, WatchDocument

Order = Callable[[MapFigures], float]
ORDERS: dict[str, Order] = {
    "fired/s": lambda found: found.fired,
    "late p99": lambda found: found.lateness.p99_ns or 0,
    "late max": lambda found: found.lateness.max_ns or 0,
}
"""What ``s`` goes through; the highest first."""
HELP = "s: sort   space: freeze   q: quit"


def ordered(document: WatchDocument, by: str) -> WatchDocument:
    """The document with its maps in an order of ORDERS."""
    maps = sorted(document.maps, key=ORDERS[by], reverse=True)
    return replace(document, maps=maps)


class View:
    """What is shown, how it is sorted, and whether it stays as it is.

    Args:
        live: The part of the terminal that is renewed.
    """

    def __init__(self, live: Live) -> None:
        """Nothing shown yet."""
        self._live = live
        self._order = 0
        self._frozen = False
        self._document: WatchDocument | None = None

    def show(self, document: WatchDocument) -> None:
        """Show an interval, unless what is there is to stay."""
        if not self._frozen:
            self._document = document
            self._draw()

    def press(self, key: str) -> None:
        """Do what a key is for.

        Raises:
            KeyboardInterrupt: It was ``q``.
        """
        if key == "q":
            raise KeyboardInterrupt
        if key == "s":
            self._order = (self._order + 1) % len(ORDERS)
        elif key == " ":
            self._frozen = not self._frozen
        self._draw()

    def end(self) -> None:
        """Leave the table as it is, without what a view that has ended does not do any more."""
        if self._document is not None:
            table = screen(ordered(self._document, self._by), own=False)
            self._live.update(table, refresh=True)

    @property
    def _by(self) -> str:
        return list(ORDERS)[self._order]

    def _draw(self) -> None:
        if self._document is None:
            return
        state = f"{HELP}   sorted by {self._by}" + ("   FROZEN" if self._frozen else "")
        table = screen(ordered(self._document, self._by))
        self._live.update(Group(table, Text(state, style="dim")), refresh=True)

    def pause(self, until_ns: int) -> None:
        """Sleep until a time of CLOCK_MONOTONIC, and obey keys meanwhile."""
        while (left := until_ns - time.monotonic_ns()) > 0:
            ready, _, _ = select.select([sys.stdin], [], [], left / NS_PER_S)
            if ready:
                for key in os.read(sys.stdin.fileno(), 64).decode(errors="replace"):
                    self.press(key)


@contextmanager
def live_view(console: Console) -> Iterator[View]:
    """The view while the block runs; the terminal is as before afterwards."""
    with _single_keys(), Live(console=console, auto_refresh=False) as live:
        view = View(live)
        try:
            yield view
        finally:
            view.end()


@contextmanager
def _single_keys() -> Iterator[None]:
    """Keys arrive one by one and are not echoed; Ctrl-C still interrupts."""
    before = termios.tcgetattr(sys.stdin)
    try:
        tty.setcbreak(sys.stdin)
        yield
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)
