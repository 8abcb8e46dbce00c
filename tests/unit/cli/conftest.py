from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def wide_consoles(fresh_consoles: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """No line is broken unless a test asks for a narrow terminal."""
    monkeypatch.setenv("COLUMNS", "200")


@pytest.fixture(autouse=True)
def same_signal_handlers() -> Iterator[None]:
    """The command line sets some; each test begins with the ordinary ones."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}
    for number in before:
        signal.signal(number, signal.SIG_DFL)
    yield
    for number, handler in before.items():
        signal.signal(number, handler)
