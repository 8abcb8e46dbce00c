"""A page of 1,000 cells: made within 500 MiB, under 10 MiB, and drawn when it is opened.

How long it takes is a question for ``tests/perf/report_scale.py``: a busy machine proves nothing.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.browser.opened import Opened
from tests.browser.runs import REPOSITORY, write_large_run

MIB = 1 << 20


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, resource.struct_rusage]:
    """The page's folder, and what making it used: that process alone."""
    folder = tmp_path_factory.mktemp("large")
    run = write_large_run(folder)
    command = [sys.executable, "-m", "bench", "report", str(run), "--output", str(folder / "page")]
    process = subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return folder / "page", used


def test_it_is_small_enough_to_send(large: tuple[Path, resource.struct_rusage]) -> None:
    assert (large[0] / "report.html").stat().st_size < 10 * MIB


def test_it_needs_little_memory(large: tuple[Path, resource.struct_rusage]) -> None:
    assert large[1].ru_maxrss * 1024 < 500 * MIB


def test_it_opens_and_draws_what_is_in_view(
    large: tuple[Path, resource.struct_rusage], open_page: Callable[..., Opened]
) -> None:
    opened = open_page(large[0] / "report.html")
    chart = opened.page.locator("[data-chart]").first
    chart.scroll_into_view_if_needed()
    chart.locator("svg").wait_for()
    assert opened.complaints == []
