"""A headless Chromium, and pages made from real records in it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.opened import Opened

REQUIRE = "BENCH_REQUIRE_KERNEL"
OPTIONS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-dev-shm-usage",
    "--no-first-run",
)

PATIENCE_MS = 120_000


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium; without it tests are skipped, or fail where CI forbids skips."""
    path = shutil.which("chromium")
    if path is None:
        message = "chromium is not installed; `make setup` does it"
        (pytest.fail if os.environ.get(REQUIRE) else pytest.skip)(message)
    with sync_playwright() as playwright:
        # A user-data folder of its own is made and removed by Playwright.
        chromium = playwright.chromium.launch(executable_path=path, args=list(OPTIONS))
        yield chromium
        chromium.close()


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Callable[..., Opened]]:
    """Open a file, noting whatever it complains of or asks the network for."""
    pages: list[Page] = []

    def open_file(path: Path, *, width: int = 1280, scheme: str = "light") -> Opened:
        page = browser.new_page(
            viewport={"width": width, "height": 900},
            color_scheme=scheme,  # type: ignore[arg-type]
        )
        # A busy host draws few frames; how fast a page is, tests/perf measures.
        page.set_default_timeout(PATIENCE_MS)
        pages.append(page)
        return Opened(page, path)

    yield open_file
    for page in pages:
        page.close()
