"""A comparison of fleet runs for people and as JSON; host by host as for runs. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bench.compare.answer_text import answer_document, answer_lines
from bench.compare.document import comparison_document, document, settings_document
from bench.compare.fleets import FleetResult
from bench.compare.result import summary_of
from bench.compare.text import ORDER, explanation, folded, said, tables
from bench.words.escape import escape
from bench.words.plurals import counted

TOGETHER = (
    "All hosts together, trials compared within each host only: what is found holds for these "
    "hosts, and says nothing of others. Base and new are medians over the hosts."
)


def summary(result: FleetResult) -> str:
    """Hosts that were compared and that were not, then the verdicts of the whole."""
    hosts = f"{counted(len(result.hosts), 'host')} compared"
    left = f", {len(result.unanswered)} not answered" if result.unanswered else ""
    return f"{hosts}{left}; together {summary_of(result.together)}"


def fleet_notes(result: FleetResult) -> Iterator[str]:
    """Hosts without an answer, a sentence each."""
    for each in result.unanswered:
        yield f"NOT ANSWERED: {each.host}: {each.why}"


def fleet_document(result: FleetResult) -> dict[str, Any]:
    """The result as one JSON document: that of two runs for each host, and of the whole."""
    return {
        "base": result.base,
        "new": result.new,
        "settings": settings_document(result.settings),
        "exit": int(result.exit),
        "not_answered": [{"host": each.host, "why": each.why} for each in result.unanswered],
        "hosts": {name: document(found) for name, found in result.hosts.items()},
        "together": {
            "summary": summary_of(result.together),
            "answer": answer_document(result.whole),
            "comparisons": [comparison_document(item) for item in result.together],
        },
    }


def fleet_markdown(result: FleetResult) -> str:
    """The comparison for a pull request: the whole on top, then each host."""
    parts = [
        f"### bench compare: {escape(summary(result))}",
        f"base fleet `{escape(result.base)}`, new fleet `{escape(result.new)}`",
        *(f"- {escape(note)}" for note in fleet_notes(result)),
        "#### All hosts together",
        TOGETHER,
        *(f"- {escape(each)}" for each in answer_lines(result.whole, result.settings)),
        *tables(result.together, ORDER[:2]),
        *folded(result.together),
    ]
    for name, found in result.hosts.items():
        parts.append(f"#### {escape(name)}: {escape(found.summary)}")
        parts += [f"- {escape(note)}" for note in said(found)]
        parts += [*tables(found.comparisons, ORDER[:2]), *folded(found.comparisons)]
    parts.append(str(escape(explanation(result.settings))))
    return "\n\n".join(parts) + "\n"
