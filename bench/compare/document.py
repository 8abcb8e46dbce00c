"""The comparison of two runs as one JSON document. Pure."""

from __future__ import annotations

import math
from typing import Any

from bench.compare.answer_text import answer_document
from bench.compare.power import could_find
from bench.compare.result import Result
from bench.compare.verdict import Comparison, Settings, Verdict
from bench.quantities.catalogue import COMPARED
from bench.stats.bootstrap import Interval
from bench.words.cells import cell_text


def document(result: Result) -> dict[str, Any]:
    """The result as one JSON document."""
    return {
        "base": result.base,
        "new": result.new,
        "settings": settings_document(result.settings),
        "answer": answer_document(result.answer),
        "could_find": could_find(result.comparisons, result.settings),
        "forced": [str(d) for d in result.forced],
        "subject": [str(d) for d in result.subject],
        "tools": [str(d) for d in result.tools],
        "lost": [cell_text(cell) for cell in result.lost],
        "unfinished": list(result.unfinished),
        "gone": [cell_text(cell) for cell in result.gone],
        "added": [cell_text(cell) for cell in result.added],
        "redefined": [str(each) for each in result.redefined],
        "summary": {str(verdict): result.count(verdict) for verdict in Verdict},
        "comparisons": [comparison_document(item) for item in result.comparisons],
    }


def settings_document(settings: Settings) -> dict[str, Any]:
    """When a difference counts, as JSON."""
    return {
        "threshold_ratio": settings.ratio,
        "threshold_points": settings.points,
        "margins": {m.key: m.change(settings.margin(m)) for m in COMPARED},
        "alpha": settings.alpha,
        "level": settings.level,
        "detect": settings.detect,
    }


def comparison_document(item: Comparison) -> dict[str, Any]:
    """One comparison as JSON."""
    return {
        "cell": cell_text(item.cell),
        "metric": item.metric.title,
        "scale": str(item.metric.scale),
        "better": str(item.metric.better),
        "base": item.base,
        "new": item.new,
        "base_trials": item.base_trials,
        "new_trials": item.new_trials,
        "change": _finite(item.change),
        "interval": _ends(item.interval),
        "interval_level": item.interval.level if item.interval else None,
        "primary": item.primary,
        "bound": _finite(item.bound),
        "base_spoilt": _spoilt(item, 0),
        "new_spoilt": _spoilt(item, 1),
        "p": item.p,
        "p_same": item.p_same,
        "verdict": str(item.verdict),
        "why": item.why,
    }


def _ends(interval: Interval | None) -> list[float | None] | None:
    return [_finite(interval.low), _finite(interval.high)] if interval else None


def _spoilt(item: Comparison, side: int) -> dict[str, Any] | None:
    """Trials of a primary metric that have no figure, by what spoilt them."""
    if item.sides is None:
        return None
    found = item.sides[side]
    return {
        "effects": found.effects,
        "unknown": found.unknown,
        "dropped": found.dropped,
        "codes": list(found.codes),
    }


def _finite(value: float | None) -> float | None:
    """JSON has no number for what has no bound."""
    return value if value is not None and math.isfinite(value) else None
