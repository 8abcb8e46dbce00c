"""A comparison over boots in words, and as JSON. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bench.compare.answer import factor
from bench.compare.answer_text import answer_document, answer_lines
from bench.compare.boots import SINGLE, BootsResult
from bench.compare.document import comparison_document, settings_document
from bench.compare.text import ORDER, explanation, tables
from bench.compare.verdict import Verdict
from bench.words.escape import escape
from bench.words.plurals import counted


def boots_lines(found: BootsResult) -> Iterator[str]:
    """The answer, and what so many boots could have found."""
    if found.comparisons or found.summary is None:
        yield from answer_lines(found.answer, found.settings)
    else:
        yield _summary_line(found)
        yield from list(answer_lines(found.answer, found.settings))[1:]
    base, new = found.boots
    change = factor(found.detectable - 1)
    yield (
        f"{base} and {counted(new, 'boot')} could tell a change of {change} of a cell "
        "from that between boots in four of five cases"
    )
    for d in found.subject:
        yield f"compared across {d}"
    for d in found.forced:
        yield f"FORCED although the runs differ in {d}"


def _summary_line(found: BootsResult) -> str:
    item = found.summary
    assert item is not None
    verdict = {
        Verdict.WORSE: "ANSWER: worse",
        Verdict.BETTER: "ANSWER: better",
    }.get(item.verdict, "ANSWER: not worse" if found.answer.complete else "NO ANSWER")
    return (
        f"{verdict}: over all cells primary lateness changed by {factor(item.change)}, at most by "
        f"{factor(item.bound)}; single cells need {SINGLE} boots of each"
    )


def boots_document(found: BootsResult) -> dict[str, Any]:
    """The result as one JSON document."""
    return {
        "base": list(found.base),
        "new": list(found.new),
        "boots": {"base": found.boots[0], "new": found.boots[1]},
        "settings": settings_document(found.settings),
        "answer": answer_document(found.answer),
        "detectable": found.detectable,
        "summary": comparison_document(found.summary) | {"cell": None} if found.summary else None,
        "comparisons": [comparison_document(item) for item in found.comparisons],
        "subject": [str(d) for d in found.subject],
        "forced": [str(d) for d in found.forced],
    }


def boots_markdown(found: BootsResult) -> str:
    """The comparison for a pull request."""
    parts = [
        "### bench compare, the boot as the unit",
        *(f"- {escape(line)}" for line in boots_lines(found)),
        *tables(found.comparisons, ORDER),
        str(escape(explanation(found.settings))),
    ]
    return "\n\n".join(parts) + "\n"
