"""All questions, in the order of the answer: a new one is one line here. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from bench.analysis.answers.affordable import affordable, has_rates
from bench.analysis.answers.alternatives import alternatives
from bench.analysis.answers.connections import connections
from bench.analysis.answers.each_connection import each_connection, has_connections
from bench.analysis.answers.lateness import lateness
from bench.analysis.answers.own import OWN_QUESTIONS
from bench.analysis.answers.production import has_findings, production
from bench.analysis.answers.question import (
    Asked,
    Question,
    Said,
    Sentence,
    has_alternatives,
    has_load,
    has_timers,
)
from bench.analysis.answers.rates import ceiling_text, ksoftirqd_text
from bench.analysis.answers.timer_costs import has_costs, timer_costs
from bench.analysis.answers.which_engine import has_choice, which_engine
from bench.analysis.cell_rows import CellRow
from bench.analysis.effects import Effects
from bench.analysis.production.hazard import Hazard
from bench.analysis.production.registry import SECTION as PRODUCTION

QUESTIONS: tuple[Question, ...] = (
    Question(
        subject="What a timer costs",
        section="alternatives",
        asked=has_costs,
        said=timer_costs,
    ),
    Question(
        subject="What you can afford",
        section="alternatives",
        asked=has_rates,
        said=affordable,
    ),
    Question(
        subject="Which engine",
        section="decision",
        asked=has_choice,
        said=which_engine,
    ),
    Question(
        subject="A timer on every connection",
        section="alternatives",
        asked=has_connections,
        said=each_connection,
    ),
    Question(
        subject="Lateness",
        section="lateness",
        asked=has_timers,
        said=lambda asked: [Said(lateness(asked.timers))],
    ),
    Question(
        subject="Ceiling",
        section="throughput",
        asked=has_timers,
        said=lambda asked: [Said(ceiling_text(asked.timers))],
    ),
    Question(
        subject="ksoftirqd",
        section="venues",
        asked=has_timers,
        said=lambda asked: [Said(ksoftirqd_text(asked.timers))],
    ),
    Question(
        subject="Cost to connections",
        section="load",
        asked=has_load,
        said=lambda asked: [Said(connections(asked.timers, asked.effects.application))],
    ),
    Question(
        subject="Alternatives",
        section="alternatives",
        asked=lambda asked: has_alternatives(asked) and not has_choice(asked),
        said=lambda asked: [alternatives(asked.good)],
    ),
    *OWN_QUESTIONS,
    Question(subject="In production", section=PRODUCTION, asked=has_findings, said=production),
)


def answer(
    rows: Sequence[CellRow], found: Effects, hazards: Sequence[Hazard] = ()
) -> tuple[Sentence, ...]:
    """The lines of all questions that the sweep asks."""
    asked = Asked(rows, found, hazards)
    lines = [line for question in QUESTIONS for line in question.answer(asked)]
    return tuple(sorted(lines, key=_rank) if _has_populations(asked) else lines)


FIRST = (
    "What a timer costs",
    "What you can afford",
    "Which engine",
    "ksoftirqd",
    "In production",
    "A timer on every connection",
)
"""What somebody asks who plans for so many live timers: the short lines before the long ones."""


def _has_populations(asked: Asked) -> bool:
    return any(row.cell.population for row in asked.plain)


def _rank(line: Sentence) -> int:
    return FIRST.index(line.subject) if line.subject in FIRST else len(FIRST)
