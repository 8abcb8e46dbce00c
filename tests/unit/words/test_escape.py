from __future__ import annotations

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.words.escape import Markdown, escape, fenced, printable, table

text = st.text(alphabet=st.characters() | st.sampled_from("|`\\\n*_<>&[]#~$\x1b"))


@given(text)
def test_escaped_text_is_one_line_without_markup(value: str) -> None:
    escaped = escape(value)
    assert len(escaped.splitlines()) <= 1
    assert not re.search(r"[<>]", escaped)
    assert not re.search(r"(?<!\\)(?:\\\\)*[`|*\[\]#~$]", escaped)


@given(text)
def test_a_reader_sees_the_text(value: str) -> None:
    shown = html.unescape(re.sub(r"\\([^\w\s])|\\(_)", r"\1\2", escape(value)))
    assert shown == printable(value)


@given(text)
def test_every_text_can_be_written_as_utf8(value: str) -> None:
    printable(value).encode()
    fenced(value).encode()


def test_names_stay_readable() -> None:
    assert escape("tp_btf on lb-1.example.org") == "tp_btf on lb-1.example.org"
    assert escape("_x_ __y") == r"\_x\_ \_\_y"


def test_markdown_is_not_escaped_again() -> None:
    assert escape(Markdown("**x**")) == "**x**"
    assert escape(escape("a|b")) == r"a\|b"


@pytest.mark.parametrize(("inside", "fence"), [("", "```"), ("a `` b", "```"), ("```", "````")])
def test_a_fence_is_longer_than_what_it_holds(inside: str, fence: str) -> None:
    lines = fenced(inside, "sh").split("\n")
    assert (lines[0], lines[-1]) == (f"{fence}sh", fence)


def test_a_fence_keeps_indentation() -> None:
    assert fenced("a:\n  b\x1b") == "```\na:\n  b\ufffd\n```"


def test_a_table_has_as_many_cells_in_every_line() -> None:
    lines = table(("a|b", "c"), [("1\n2", "|"), ("\\", "`")], right=1).split("\n")
    assert lines[1] == "| --- | ---: |"
    assert {len(re.findall(r"(?<!\\)(?:\\\\)*\|", line)) for line in lines} == {3}
