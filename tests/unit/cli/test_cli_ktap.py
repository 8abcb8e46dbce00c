"""KTAP of limits, read by rules of Documentation/dev-tools/ktap.rst that are written anew here."""

from __future__ import annotations

import re

from bench.cli.ktap import deviations, ktap
from bench.words.claims import Verdict
from tests.unit.cli.test_cli_limits import row

RESULT = re.compile(r"^(ok|not ok) (\d+) ([^#]+?)( # SKIP (.*))?$")
ROWS = [
    row("clock.3"),  # EINVAL, as is known
    row("clock.1", Verdict.FAILS, answer="EINVAL # odd\nsecond"),  # known to work
    row("nmi.helpers", Verdict.UNTRIED, answer="not asked", reason="no NMI came"),
    row("other.row", Verdict.FAILS),  # nothing is known of it
]


def test_each_row_is_a_test_and_what_deviates_fails() -> None:
    lines = ktap(ROWS, "6.1.0-test").splitlines()
    assert lines[:2] == ["KTAP version 1", "1..4"]
    results = [RESULT.match(line) for line in lines[2:] if not line.startswith("#")]
    found = [(m[1], int(m[2]), m[3], m[5]) for m in results if m]
    assert found == [
        ("ok", 1, "clock.3", None),
        ("not ok", 2, "clock.1", None),
        ("ok", 3, "nmi.helpers", "no NMI came"),
        ("ok", 4, "other.row", None),
    ]
    assert len(found) == len(results), "every line is a comment or a result"
    assert any("known: holds" in line for line in lines)
    assert set(deviations(ROWS, "6.1.0-test")) == {"clock.1"}
