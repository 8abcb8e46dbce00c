"""The rows of ``bench limits`` as KTAP, which kernel CI reads.

Source: Documentation/dev-tools/ktap.rst.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bench.limits.claim import ClaimRow
from bench.matrix.findings import compared
from bench.matrix.table import Cell, Finding, KernelColumn
from bench.words.claims import Verdict
from bench.words.escape import printable


def deviations(rows: Sequence[ClaimRow], release: str) -> dict[str, Finding]:
    """Findings by claim: answers other than what is known of kernels of this version."""
    cells = {row.id: Cell(row.verdict, row.answer, row.errno, row.reason) for row in rows}
    _, found = compared([KernelColumn(release, "", release, None, cells)])
    return {finding.claim: finding for finding in found}


def ktap(rows: Sequence[ClaimRow], release: str) -> str:
    """A test for each row; it fails if the answer deviates from what is known of such a kernel."""
    return "".join(f"{line}\n" for line in _lines(rows, release))


def _lines(rows: Sequence[ClaimRow], release: str) -> Iterator[str]:
    deviating = deviations(rows, release)
    yield "KTAP version 1"
    yield f"1..{len(rows)}"
    for number, row in enumerate(rows, start=1):
        finding = deviating.get(row.id)
        if finding is not None:
            yield f"# {_line(row.id)}: known: {_line(finding.expected)} ({_line(finding.source)})"
        if row.verdict is Verdict.UNTRIED:
            yield f"ok {number} {_line(row.id)} # SKIP {_line(row.reason)}"
            continue
        yield f"# {_line(row.id)}: {row.verdict}: {_line(row.answer)}"
        yield f"{'not ok' if finding else 'ok'} {number} {_line(row.id)}"


def _line(text: str) -> str:
    """On one line, and without what begins a directive."""
    return " ".join(printable(text).split()).replace("#", "+")
