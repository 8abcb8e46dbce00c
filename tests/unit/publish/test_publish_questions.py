from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bench.analysis.answers.question import Sentence
from bench.analysis.answers.registry import QUESTIONS
from bench.publish.catalogue import Entry, newest_first
from bench.publish.questions import MOST_LINES, ORDER, PREFERRED, lines_of, topics
from bench.publish.site import write_site
from bench.record import RunHeader
from bench.spec import Sweep
from bench.store import RunFolder
from bench.sweep.sweep_file import packaged_sweeps
from tests.links import dead_links

MakeEntry = Callable[..., Entry]


@pytest.fixture
def entry(header: RunHeader, sweep: Sweep) -> MakeEntry:
    def make(day: int, name: str, **changes: Any) -> Entry:
        fields = {"started": f"2026-01-{day:02d}T00:00:00Z", "sweep": replace(sweep, name=name)}
        made = replace(header, **({"finished": "2026-01-31T00:00:00Z"} | fields | changes))
        return Entry(path=Path(f"results/{day}-{name}"), header=made, records=())

    return make


def test_topics_come_by_question_and_not_by_date(entry: MakeEntry) -> None:
    days = enumerate(("quick", "my-own", "connections", "another", "gate", "accuracy"), 1)
    runs = newest_first(entry(day, name) for day, name in days)
    names = [topic.sweep for topic in topics(runs, {}, [])]
    assert names == ["connections", "accuracy", "gate", "quick", "another", "my-own"]


def test_each_topic_is_a_packaged_sweep_and_its_lines_are_questions() -> None:
    assert set(ORDER) <= set(packaged_sweeps())
    subjects = {question.subject for question in QUESTIONS}
    assert {subject for lines in ORDER.values() for subject in lines} <= subjects


def test_the_newest_finished_run_with_an_answer_answers(entry: MakeEntry) -> None:
    old, new = entry(1, "accuracy"), entry(2, "accuracy")
    broken = entry(3, "accuracy", finished=None)
    lines = (Sentence("Ceiling", "high", ""), Sentence("Lateness", "12 µs", ""))
    other = (Sentence("Lateness", "99 µs", ""),)
    answers = {old.id: other, new.id: lines, broken.id: other}
    [topic] = topics([broken, new, old], answers, [])
    assert topic.answered_by is new
    assert topic.answer == (lines[1],), "only what the sweep asks"
    assert [run.id for run in topic.runs] == [broken.id, new.id, old.id]


def test_of_several_lines_with_one_subject_the_preferred_point_stands_for_all() -> None:
    subject = "A timer on every connection"
    lines = [Sentence(subject, f"{rate} connections/s", "alternatives") for rate in ("2k", "5k")]
    preferred = Sentence(subject, f"{PREFERRED} (1.5M live):", "alternatives")
    quiet = Sentence("ksoftirqd", "takes over in no cell", "venues")
    other = Sentence("Lateness", "12 µs", "lateness")
    assert lines_of("connections", (other, quiet, *lines, preferred)) == (quiet, preferred)
    assert lines_of("connections", (*lines, quiet)) == (lines[0], quiet)


def test_each_line_that_the_flagship_asks_for_can_be_seen() -> None:
    """Of a sweep that is not packaged, the first few subjects are shown."""
    lines = tuple(Sentence(question.subject, "", question.section) for question in QUESTIONS)
    shown = {line.subject for line in lines_of("connections", lines)}
    assert shown == set(ORDER["connections"]) and len(shown) > MOST_LINES
    assert lines_of("my-own", lines) == lines[:MOST_LINES]


def test_the_front_page_has_answer_boots_and_trend_of_a_sweep(
    make_run: Callable[..., RunFolder], results: Path, tmp_path: Path
) -> None:
    for day in (1, 2, 3):
        make_run(day, boot_id="one", p50_ns=5_000 if day < 3 else 7_500)
    write_site(results, tmp_path / "site")
    front = (tmp_path / "site" / "index.html").read_text(encoding="utf-8")
    address = "runs/20260103T030405Z-box-sample/report.html#lateness-section"
    assert f'<a href="{address}">Lateness</a>.</strong> The median callback is 7.5' in front
    assert dead_links(tmp_path / "site") == []
    assert "3 runs, all of one boot" in front
    assert "3 comparable runs over time" in front
    [trend] = (tmp_path / "site" / "trends").glob("sample-*.html")
    text = trend.read_text(encoding="utf-8")
    assert "all of one boot" in text and "worse" in text
