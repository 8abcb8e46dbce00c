"""The answer of a comparison in words, and as JSON. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from bench.compare.answer import Answer, factor
from bench.compare.verdict import Comparison, Settings
from bench.spec import Cell
from bench.words.cells import cell_text
from bench.words.plurals import counted, plural


def answer_lines(found: Answer, settings: Settings) -> Iterator[str]:
    """The answer first, then every cell that is worse, and every one that is undecided."""
    yield headline(found, settings)
    for item in found.worse:
        yield f"WORSE: {cell_text(item.cell)}: {worse_text(item)}"
    for each in found.undecided:
        yield f"UNDECIDED: {cell_text(each.cell)}: {each.why}"
    yield from found.reasons
    if found.excluded:
        yield f"decided by nothing, because no lateness is measured: {_listed(found.excluded)}"


def headline(found: Answer, settings: Settings) -> str:
    """One sentence."""
    limit = factor(settings.detect - 1)
    of_all = f"of {counted(found.cells, 'cell')}"
    if found.bad:
        left = f"; {len(found.undecided)} undecided" if found.undecided else ""
        are = plural(len(found.worse), "is", "are")
        return f"ANSWER: {len(found.worse)} {of_all} {are} worse{left}"
    if found.complete:
        most = max((item.bound for item in found.shown if item.bound is not None), default=None)
        return (
            f"ANSWER: {of_all} none has become worse by {limit} or more: its primary metric has "
            f"risen by less than {factor(most)} in each"
        )
    if found.worse:
        return f"NO ANSWER: {len(found.worse)} {of_all} differ for the worse, which proves nothing"
    return (
        f"NO ANSWER: {of_all} {len(found.shown)} {plural(len(found.shown), 'is', 'are')} shown to "
        f"have risen by less than {limit}, {len(found.undecided)} undecided"
    )


def worse_text(item: Comparison) -> str:
    """What became worse of a cell: its primary metric, or trials that the timers spoilt."""
    spoilt = ""
    if item.sides and item.sides[1].effects:
        base, new = item.sides
        spoilt = (
            f"{new.effects} of {counted(new.judged, 'trial')} spoilt by the timers' own work "
            f"({', '.join(new.codes)}), {base.effects} of {base.judged} in BASE"
        )
    values = f"{item.metric.title} {item.metric.text(item.base)}, now {item.metric.text(item.new)}"
    return "; ".join(filter(None, [values, spoilt]))


def _listed(cells: Sequence[Cell]) -> str:
    return f"{counted(len(cells), 'cell')}: {'; '.join(cell_text(cell) for cell in cells)}"


def answer_document(found: Answer) -> dict[str, Any]:
    """The answer as JSON; ``exit`` is the exit code."""
    return {
        "exit": int(found.exit),
        "worse": [
            {"cell": cell_text(item.cell), "metric": item.metric.title, "what": worse_text(item)}
            for item in found.worse
        ],
        "better": [cell_text(item.cell) for item in found.better],
        "shown": [
            {"cell": cell_text(item.cell), "metric": item.metric.title, "bound": item.bound}
            for item in found.shown
        ],
        "undecided": [{"cell": cell_text(each.cell), "why": each.why} for each in found.undecided],
        "excluded": [cell_text(cell) for cell in found.excluded],
        "reasons": list(found.reasons),
    }
