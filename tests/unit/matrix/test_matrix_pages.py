"""Markdown, HTML and JSON of a matrix, with text that wants to break out."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from bench.matrix.document import document
from bench.matrix.html import html
from bench.matrix.markdown import markdown
from bench.matrix.table import Cell, Failure, Finding, KernelColumn, Matrix
from bench.record import Virtual
from bench.words.claims import Verdict

EVIL = '<script>alert(1)</script> | `x` & "y"\x1b[31m'
VOID = {"meta", "input"}


class Page(HTMLParser):
    """Tags that are open, and what the page loads."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.loads: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.loads += [value or "" for name, value in attrs if name in ("src", "href")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.fixture
def matrix(make_column: Callable[..., KernelColumn], make_matrix: Callable[..., Matrix]) -> Matrix:
    old = make_column("6.1", flag__abs=Cell(Verdict.FAILS, EVIL, "EINVAL", EVIL))
    new = make_column("6.12", flag__abs=Cell(Verdict.HOLDS, "0"), clock__0=Cell(Verdict.HOLDS, "0"))
    dead = make_column("6.13", failure=Failure(f"panic {EVIL}", detail=EVIL))
    made = make_matrix(replace(old, virtual=Virtual.EMULATED), new, dead)
    finding = Finding("debian:6.1", "flag.abs", "does not hold here", EVIL, "a commit")
    return replace(made, findings=(finding,), checked=2)


def test_the_page_is_whole_loads_nothing_and_runs_nothing(matrix: Matrix) -> None:
    text = html(matrix)
    page = Page()
    page.feed(text)
    assert page.open == [] and page.loads == []
    assert "script" not in page.tags and "url(" not in text
    assert "\x1b" not in re.sub(r"<pre>.*?</pre>", "", text, flags=re.DOTALL)
    assert "&lt;script&gt;alert(1)" in text


def test_both_texts_show_marks_findings_and_failures(matrix: Matrix) -> None:
    for text in (html(matrix), markdown(matrix)):
        assert "≠" in text and "no answer" in text
        assert "debian:6.13 gave no answer" in text
        assert "Their time is not real" in text
        assert "2 answers were compared" in text and "1 deviates" in text


def test_markdown_rows_have_a_cell_for_each_kernel(matrix: Matrix) -> None:
    text = markdown(matrix)
    assert "<script>" not in text.replace("&lt;", "") or "```" in text
    for line in text.splitlines():
        if line.startswith("| claim flag"):
            assert len(re.findall(r"(?<!\\)\|", line)) == 5


def test_json_is_the_same_for_the_same_answers(matrix: Matrix) -> None:
    found = json.loads(json.dumps(document(matrix)))
    assert found == json.loads(json.dumps(document(matrix)))
    assert found["format"] == 1 and found["good"] is False
    assert [kernel["virtual"] for kernel in found["kernels"]] == ["emulated", None, None]
    [row, _] = found["rows"]
    assert row["cells"][1]["change"] == "verdict" and row["cells"][2] is None
    assert found["findings"][0]["claim"] == "flag.abs"


def test_the_page_shows_only_what_changed_unless_asked(matrix: Matrix) -> None:
    """The filter needs no script: the box is checked, and a rule hides the rows of class same."""
    text = html(matrix)
    [box] = re.findall(r"<input[^>]*id=\"only\"[^>]*>", text)
    assert re.search(r"\bchecked\b", box)
    assert "body:has(#only:checked) .same { display: none; }" in text


def test_a_column_of_another_architecture_says_so(
    make_column: Callable[..., KernelColumn], make_matrix: Callable[..., Matrix]
) -> None:
    foreign = replace(make_column("6.12"), virtual=Virtual.EMULATED, arch="arm64")
    made = make_matrix(make_column("6.12"), foreign)
    assert [kernel["arch"] for kernel in document(made)["kernels"]] == [None, "arm64"]
    assert "emulated guest, arm64" in markdown(made) and "emulated guest, arm64" in html(made)
