"""From the JSON that a command printed to claims and cells."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from bench.limits.claim import judged
from bench.limits.registry import GROUPS
from bench.limits.sources import ARTICLE, FACTS
from bench.matrix.commands import Verb
from bench.matrix.table import Cell, Claim
from bench.record import RECORD, Status, TrialRecord
from bench.words.cells import cell_text
from bench.words.claims import Verdict
from bench.words.plurals import counted

ARTICLE_GROUP, RUN_GROUP = "article", "run"
TITLES = {**GROUPS, ARTICLE_GROUP: "The article's example, live", RUN_GROUP: "Trials"}
"""Groups in the order they are shown, with their titles."""

Read = dict[Claim, Cell]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a command gave no document.

    Attributes:
        text: The error on one line.
        errno: The kernel's, by name; empty if it was not the kernel that refused.
    """

    text: str
    errno: str = ""

    def cell(self, expected: str) -> Cell:
        """As the answer to a claim that expected a document."""
        return Cell(Verdict.FAILS, self.text, self.errno, reason=f"Expected: {expected}")


def read(verb: Verb, document: Mapping[str, Any] | None, refusal: Refusal) -> Read:
    """What a command's document says.

    Args:
        verb: The command.
        document: What it printed; None if it printed nothing.
        refusal: Why there is no document, if there is none.
    """
    readers = {Verb.LIMITS: _limits, Verb.DEMO: _demo, Verb.RUN: _run}
    return dict(readers[verb](document, refusal))


def _limits(document: Mapping[str, Any] | None, refusal: Refusal) -> Iterable[tuple[Claim, Cell]]:
    for row in document["rows"] if document else ():
        claim = Claim(row["id"], row["group"], row["claim"], row["source"])
        yield claim, Cell(Verdict(row["verdict"]), row["answer"], row["errno"], row["reason"])


def _demo(document: Mapping[str, Any] | None, refusal: Refusal) -> Iterable[tuple[Claim, Cell]]:
    hook = str(document["hook"]) if document else "fentry"
    loads = _claim("loads", "The example's programs load and attach by fentry")
    pairs = _claim("pairs", "Each end of each connection gives two lines of trace_pipe")
    softirq = _claim("softirq", "Every callback's line shows a softirq (flag s)")
    clean = _claim("clean", "No end lacks its timer, no line is lost")
    if document is None:
        yield loads, refusal.cell("both attach")
        unasked = Cell(Verdict.UNTRIED, "not asked", reason="the example was refused")
        yield from ((claim, unasked) for claim in (pairs, softirq, clean))
        return
    yield loads, _judged(hook == "fentry", f"attached by {hook}")
    ends = [end for end in document["ends"] if end["new_connection"] and end["timer_cb"]]
    wanted = 2 * document["connections"]
    met = document["pairs"] == len(ends) == wanted
    seen = "two each" if met else f"{document['pairs']} of {counted(wanted, 'end')}"
    yield pairs, _judged(met, seen)
    flags = {end["timer_cb"]["flags"][2] for end in ends}
    yield softirq, _judged(flags == {"s"}, f"flag {' '.join(sorted(flags)) or 'none'}")
    yield clean, _judged(bool(document["good"]), "none" if document["good"] else _trouble(document))


def _trouble(document: Mapping[str, Any]) -> str:
    tally = document["tally"]
    lost = counted(document["lost_lines"], "line")
    return f"{counted(tally['failed'], 'end')} without a timer, {lost} lost"


def _claim(slug: str, text: str) -> Claim:
    return Claim(f"{ARTICLE_GROUP}.{slug}", ARTICLE_GROUP, text, ARTICLE)


def _judged(held: bool, answer: str) -> Cell:
    outcome = judged(held, answer)
    return Cell(outcome.verdict, answer, reason="" if held else "Expected otherwise")


def _run(document: Mapping[str, Any] | None, refusal: Refusal) -> Iterable[tuple[Claim, Cell]]:
    """One row for each cell of the sweep, whatever the order of its trials."""
    if document is None:
        text = "The sweep can be run"
        yield (
            Claim(f"{RUN_GROUP}.starts", RUN_GROUP, text, FACTS),
            refusal.cell("it begins"),
        )
        return
    groups: dict[str, list[TrialRecord]] = {}
    for trial in document["trials"]:
        record = RECORD.validate_python(trial)
        groups.setdefault(cell_text(record.cell), []).append(record)
    for text, records in sorted(groups.items()):
        claim = Claim(f"{RUN_GROUP}.{text}", RUN_GROUP, f"{text}: every ledger closes", FACTS)
        yield claim, _ledgers(records)


def _ledgers(records: list[TrialRecord]) -> Cell:
    measured = [record for record in records if record.status is not Status.FAILED]
    if not measured:
        why = (records[0].error or "no reason recorded").splitlines()[0]
        return Cell(Verdict.FAILS, why, reason="Expected: it is measured")
    closed = sum(bool(record.ledger and record.ledger.balanced) for record in records)
    hooks = sorted({record.hook.used for record in measured if record.hook})
    by = f"; met by {', '.join(hooks)}" if hooks else ""
    whole = closed == len(records)
    answer = "all closed" if whole else f"{closed} of {len(records)} closed"
    return _judged(whole, answer + by)
