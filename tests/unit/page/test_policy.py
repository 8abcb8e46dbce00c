"""The content security policy of pages: published ones, and those that are made now."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bench.analysis.findings import findings
from bench.page.content import content_of
from bench.page.write import render
from bench.record import TrialRecord
from bench.store.run import read_runs
from tests.unit.runs_on_disk import WriteRun

ROOT = Path(__file__).parents[3]
PUBLISHED = sorted(ROOT.glob("results/**/*.html"))
POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">')
LOADS = re.compile(
    r"""<(?:script|img|link|iframe|object|embed)\b[^>]*\b(?:src|href)\s*=\s*["']?([^"'\s>]+)"""
)
NOWHERE = {
    "default-src": "'none'",
    "style-src": "'unsafe-inline'",
    "img-src": "data:",
    "base-uri": "'none'",
    "form-action": "'none'",
}


def policy(text: str) -> dict[str, str]:
    """Directive -> sources; it must be there before anything that it is to hold for."""
    found = POLICY.search(text)
    assert found, "no policy"
    assert "<script" not in text[: found.start()] and "<link" not in text[: found.start()]
    parts = (part.strip().partition(" ") for part in found[1].split(";"))
    return {name: sources for name, _, sources in parts}


def check(text: str) -> None:
    found = policy(text)
    assert NOWHERE.items() <= found.items(), found
    assert found.keys() - NOWHERE.keys() <= {"script-src"}
    assert not {"http:", "https:", "*"} & set(found.get("script-src", "").split())
    inner = re.sub(r"<script\b.*?</script>", "", text, flags=re.S)
    elsewhere = [to for to in LOADS.findall(inner) if not to.startswith(("data:", "#"))]
    assert not [to for to in elsewhere if "//" in to], elsewhere


def test_there_are_published_pages() -> None:
    assert PUBLISHED


@pytest.mark.parametrize("page", PUBLISHED, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_published_page_loads_nothing_from_anywhere(page: Path) -> None:
    check(page.read_text(encoding="utf-8"))


def test_a_new_page_has_the_same_policy(
    write_run: WriteRun, records: list[TrialRecord], tmp_path: Path
) -> None:
    check(render(content_of(findings(read_runs([write_run(records)]))), tmp_path / "out"))


@pytest.mark.parametrize(
    "broken",
    [
        "<script>x</script>",
        '<meta http-equiv="Content-Security-Policy" content="default-src *">',
        "<html>",
    ],
)
def test_the_check_can_fail(broken: str) -> None:
    with pytest.raises(AssertionError):
        check(broken + PUBLISHED[0].read_text(encoding="utf-8").replace("default-src 'none'", "x"))
