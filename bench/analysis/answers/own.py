"""What programs and engines answer themselves, a line each. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bench.analysis.answers.question import Question, Said
from bench.analysis.cell_rows import CellRow, rows_with
from bench.analysis.estimate import Estimate
from bench.analysis.figure_text import with_spread
from bench.analysis.own_answers import OWN_ANSWERS, OwnAnswer
from bench.quantities.quantity import Quantity
from bench.spec import ENGINES

SECTION = "own"


def _question(found: OwnAnswer) -> Question:
    return Question(
        subject=found.subject,
        section=SECTION,
        asked=lambda asked: bool(found.rows(asked.plain)),
        said=lambda asked: [said(found, asked.good)],
    )


def said(found: OwnAnswer, good: Sequence[CellRow]) -> Said:
    """Each quantity of the kind, in its typical and its highest cell."""
    rows = found.rows(good)
    quantities = found.measured(rows)
    if not quantities:
        return Said("No valid trial measured it, so the answer is not known.")
    return Said(found.question, tuple(_part(quantity, rows) for quantity in quantities))


def _part(quantity: Quantity, rows: Sequence[CellRow]) -> str:
    """Its typical and its highest cell; of several engines those of each."""
    known = rows_with(rows, quantity)
    engines = dict.fromkeys(row.cell.engine for row, _ in known)
    if len(engines) == 1:
        return f"{quantity.title}: {', '.join(_ends(quantity, known))}"
    each = (
        f"{engine} {', '.join(_ends(quantity, [k for k in known if k[0].cell.engine is engine]))}"
        for engine in sorted(engines, key=tuple(ENGINES).index)
    )
    return f"{quantity.title}: {'; '.join(each)}"


def _ends(quantity: Quantity, known: Sequence[tuple[CellRow, Estimate]]) -> Iterator[str]:
    typical, highest = known[(len(known) - 1) // 2], known[-1]
    if len(known) == 1:
        yield f"{with_spread(quantity, typical[1])} ({typical[0].text})"
        return
    yield f"{with_spread(quantity, typical[1])} in the typical cell ({typical[0].text})"
    yield f"{with_spread(quantity, highest[1])} in the highest ({highest[0].text})"


OWN_QUESTIONS = tuple(map(_question, OWN_ANSWERS))
