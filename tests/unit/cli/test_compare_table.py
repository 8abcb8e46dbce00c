from __future__ import annotations

import io

from rich.console import Console

from bench.cli.compare_table import _STYLES, print_group
from bench.compare.text import TITLES, ComparisonLine, Group
from bench.compare.verdict import Verdict


def test_a_line_has_the_colour_of_its_verdict_whatever_its_texts() -> None:
    texts = ("x",) * (len(TITLES) - 1)
    lines = [ComparisonLine((*texts, "a text that says better"), verdict) for verdict in Verdict]
    for width in (60, 120):
        out = Console(file=io.StringIO(), width=width, force_terminal=True, color_system="standard")
        print_group(out, Group("cell", lines))
        assert isinstance(out.file, io.StringIO)
        text = out.file.getvalue()
        assert text.count("\x1b[1;31m") >= 1 == len({s for s in _STYLES.values() if "red" in s})
        assert "\x1b[32m" in text or "\x1b[1;32m" in text
