from __future__ import annotations

import re
from pathlib import Path

import pytest

from bench.exits import Exit, exit_of, of_bisect

PAGE = Path(__file__).resolve().parents[2] / "docs" / "exit-codes.md"


@pytest.mark.parametrize(
    ("bad", "unanswered", "code"),
    [(False, False, 0), (True, False, 1), (False, True, 4), (True, True, 1)],
)
def test_bad_news_come_before_what_is_missing(bad: bool, unanswered: bool, code: int) -> None:
    assert exit_of(bad=bad, unanswered=unanswered) == code


def test_a_bisection_skips_whatever_is_no_answer() -> None:
    assert [of_bisect(code) for code in Exit] == [0, 1, 125, 125, 125, 125]


def test_the_page_lists_each_code_once() -> None:
    listed = re.findall(r"^\| (\d+) \|", PAGE.read_text(encoding="utf-8"), re.M)
    assert [int(code) for code in listed] == list(Exit)
