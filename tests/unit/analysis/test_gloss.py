from __future__ import annotations

import pytest

from bench.analysis.answers.gloss import gloss, gloss_text, words_in
from bench.analysis.answers.question import Sentence
from bench.programs.registry import PROGRAMS
from bench.spec import ENGINES


def known(text: str) -> set[str]:
    return {word for word, _ in words_in(text)}


def test_each_engine_has_a_meaning() -> None:
    for name, engine in ENGINES.items():
        assert (name, engine.facts.meaning) in words_in(f"{name} is earliest")


def test_each_program_has_a_meaning() -> None:
    for name, program in PROGRAMS.items():
        assert (name, program.meaning) in words_in(f"({name} 1k x 10ms, load 0)")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("in no cell", {"cell"}),
        ("of 5 cells", {"cell"}),
        ("(1.5M live)", {"live"}),
        ("bpf_timer_init failed", set()),
        ("alive, deliver, cellar", set()),
        ("lru - (no such cell in this sweep)", {"lru", "-", "cell"}),
        ("lru: - (no such cell in this sweep)", {"lru", "-", "cell"}),
        ("median connect -3.85% (-25.3\N{EN DASH}16.1%)", {"within noise", "(a\N{EN DASH}b)"}),
        ("2-5k", set()),
    ],
)
def test_words_are_explained_where_they_are_used_only(text: str, expected: set[str]) -> None:
    assert known(text) == expected


def test_a_sentence_explains_words_of_its_parts() -> None:
    words = gloss([Sentence("What", "a text", "section", ("user_gc 3k, 30k live",))])
    text = gloss_text(words)
    assert text.startswith("Words: live: timers alive at once") and "; user_gc: a per" in text
    assert gloss_text(()) == ""
