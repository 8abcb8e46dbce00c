from __future__ import annotations

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
