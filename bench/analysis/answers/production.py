"""What would bite whoever uses such timers in production, as a line of the answer. Pure."""

from __future__ import annotations

from bench.analysis.answers.question import Asked, Said


def has_findings(asked: Asked) -> bool:
    """Whether anything was met."""
    return bool(_briefs(asked))


def production(asked: Asked) -> list[Said]:
    """A part for each thing that was met."""
    return [Said("What this run met that a user would meet, too:", _briefs(asked))]


def _briefs(asked: Asked) -> tuple[str, ...]:
    """Those of a subject with many are in the section."""
    return tuple(each.brief or each.text for each in asked.hazards if each.met and each.top)
