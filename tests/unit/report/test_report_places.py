from __future__ import annotations

import re
from pathlib import Path

import pytest

from bench.analysis.answers.question import Sentence
from bench.analysis.answers.registry import QUESTIONS
from bench.report.places import PLACES, Heading, anchor, linked

GOLDEN = Path(__file__).parents[2] / "golden" / "report.md"
CELLS = {"lateness", "throughput"}
"""Sections whose figures are in the tables of cells."""


@pytest.mark.parametrize(
    ("heading", "expected"),
    [
        ("What a timer costs in all", "what-a-timer-costs-in-all"),
        ("xdp_gc", "xdp_gc"),
        ("The instrument's own effect", "the-instruments-own-effect"),
        ("p99.9 / max", "p999--max"),
    ],
)
def test_an_anchor_is_what_github_makes_of_a_heading(heading: str, expected: str) -> None:
    assert anchor(heading) == expected


def test_each_question_has_a_place() -> None:
    assert {question.section for question in QUESTIONS} == {*PLACES, *CELLS}


def test_a_line_leads_to_its_heading_or_to_the_first_table() -> None:
    lines = [Sentence("Which engine", "a", "decision"), Sentence("Lateness", "b", "lateness")]
    subjects = [str(subject) for subject, _ in linked(lines, ["tcp", Heading.COSTS])]
    assert subjects == ["[Which engine](#what-a-timer-costs-in-all)", "[Lateness](#tcp)"]
    assert next(str(subject) for subject, _ in linked(lines, ["tcp"])) == "[Which engine](#tcp)"
    assert [str(subject) for subject, _ in linked(lines, [])] == ["Which engine", "Lateness"]


def test_links_of_a_report_lead_to_its_headings() -> None:
    text = GOLDEN.read_text(encoding="utf-8")
    headings = {anchor(title) for title in re.findall(r"^#+ (.+)$", text, re.MULTILINE)}
    links = re.findall(r"\]\(#([^)]+)\)", text)
    assert len(links) == len(re.findall(r"^- \*\*\[", text, re.MULTILINE)) > 0
    assert set(links) <= headings
