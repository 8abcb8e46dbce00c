from __future__ import annotations

import io

from rich.console import Console

from bench.analysis.answers.question import Sentence
from bench.report.answer_lines import print_answer

BOLD, PLAIN = "\x1b[1m", "\x1b[0m"


def bold_words(*sentences: Sentence, width: int) -> str:
    """What is printed in bold, in one line."""
    out = io.StringIO()
    console = Console(file=out, width=width, force_terminal=True, color_system="standard")
    print_answer(console, sentences)
    after = out.getvalue().split(BOLD)[2:]  # The first is the title.
    return " ".join(each.partition(PLAIN)[0].strip() for each in after)


def test_subject_and_verdict_are_bold_over_as_many_lines_as_they_take() -> None:
    line = Sentence("Which engine", "Of those compared:", "", verdict="Least late: a at 5 of 5.")
    for width in (16, 24, 40, 100):
        assert bold_words(line, width=width) == "Which engine. Least late: a at 5 of 5."


def test_without_a_verdict_the_subject_alone_is_bold() -> None:
    assert bold_words(Sentence("Lateness", "It is 3us late.", ""), width=12) == "Lateness."
