from __future__ import annotations

from bench.cli.compare_table import _STYLES, _table
from bench.compare.text import TITLES, ComparisonLine, Group
from bench.compare.verdict import Verdict


def test_a_line_has_the_colour_of_its_verdict_whatever_its_texts() -> None:
    texts = ("x",) * (len(TITLES) - 1)
    lines = [ComparisonLine((*texts, "a text that says better"), verdict) for verdict in Verdict]
    styles = [row.style for row in _table(Group("cell", lines)).rows]
    assert styles == [_STYLES.get(verdict, "") for verdict in Verdict]
