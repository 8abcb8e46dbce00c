"""What is in ``results`` is what its records give, and names nothing of the machine."""

from __future__ import annotations

import json
import re
from difflib import unified_diff
from pathlib import Path

import pytest

from bench.analysis.findings import findings
from bench.report.markdown import REPORT_FILE, report_of
from bench.report.places import anchor
from bench.store.limits_files import limits_beside
from bench.store.run import read_runs
from tests.tracked import RESULTS, published_runs, record_lines, tracked

RUNS = published_runs()
SMALLEST = min(RUNS, key=lambda run: len(record_lines(run)))
"""The one whose report `make test` makes again."""
MOST_BYTES = 20_000_000
"""Of all that is published."""
MOST_SHOWN = 20
"""Lines of a difference that are shown."""


@pytest.mark.parametrize("run", RUNS, ids=lambda run: run.name)
def test_a_published_command_works_on_another_machine(run: Path) -> None:
    command = json.loads((run / "run.json").read_text())["command"]
    assert command[0] == "bench"
    assert not [word for word in command if word.startswith(("/", "~"))], command


def test_what_is_published_is_small_enough_to_be_cloned() -> None:
    sizes = {path: path.stat().st_size for path in tracked() if RESULTS in path.parents}
    largest = sorted(sizes, key=lambda path: sizes[path])[-5:]
    assert sum(sizes.values()) <= MOST_BYTES, f"gzip -9n packs records: {largest}"


@pytest.mark.parametrize(
    "run",
    [
        pytest.param(run, marks=() if run == SMALLEST else pytest.mark.nightly, id=run.name)
        for run in RUNS
    ],
)
def test_a_published_report_is_what_its_records_give_and_its_links_lead_somewhere(
    run: Path,
) -> None:
    published = (run / REPORT_FILE).read_text(encoding="utf-8")
    made = report_of(findings(read_runs([run]), limits_beside([run])))
    if made != published:
        old, new = (text.splitlines() for text in (published, made))
        lines = list(unified_diff(old, new, "published", "made now", n=0, lineterm=""))
        shown = "\n".join(line[:200] for line in lines[:MOST_SHOWN])
        pytest.fail(f"make reports renews {REPORT_FILE} of all published runs:\n{shown}")
    headings = {anchor(title) for title in re.findall(r"^#+ (.+)$", made, re.MULTILINE)}
    assert set(re.findall(r"\]\(#([^)]+)\)", made)) <= headings
