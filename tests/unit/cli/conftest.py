from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

from bench.cli import console as module


@pytest.fixture(autouse=True)
def fresh_consoles(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Consoles are made once per process; tests have another stdout each."""
    monkeypatch.setenv("COLUMNS", "200")
    for made in (module.console, module.error_console):
        made.cache_clear()
    yield
    for made in (module.console, module.error_console):
        made.cache_clear()


@pytest.fixture(autouse=True)
def same_signal_handlers() -> Iterator[None]:
    """The command line sets some; each test begins with the ordinary ones."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}
    for number in before:
        signal.signal(number, signal.SIG_DFL)
    yield
    for number, handler in before.items():
        signal.signal(number, handler)
