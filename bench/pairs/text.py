"""What was found about two variants, in sentences and as JSON. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from bench.pairs.changes import Pairs
from bench.pairs.finding import ALIKE, DIFFERENT, Finding, Verdict
from bench.quantities.quantity import Better, Quantity, Scale
from bench.record import PairedQuestion
from bench.stats.bootstrap import Interval
from bench.units import format_percent
from bench.words.cells import cell_text
from bench.words.plurals import counted, plural

SAID = {
    Verdict.BETTER: "b is better than a",
    Verdict.WORSE: "b is worse than a",
    Verdict.SAME: "b is the same as a",
    Verdict.NO_WORSE: "b is no worse than a",
    Verdict.CANNOT_TELL: "it cannot be told whether b is worse than a",
}


def lines(
    question: PairedQuestion, metric: Quantity, pairs: Pairs, finding: Finding
) -> Iterator[str]:
    """What was compared, the answer, and on how much it rests."""
    yield f"a: {cell_text(question.a)}"
    yield f"b: {cell_text(question.b)}"
    said = SAID[finding.verdict] if finding.verdict else "not decided yet"
    margin = metric.change_text(question.margin).lstrip("+")
    yield f"{metric.title}: {said}, by a margin of {margin}{_change(metric, finding)}"
    yield f"{counted(pairs.measured, 'pair')}, {question.pairs} at most{_aside(pairs, finding)}"


def need_line(finding: Finding) -> str:
    """What an open question lacks: the strongest evidence so far, beside what would do."""
    found = finding.evidence
    best = max(found["worse"], found["better"])
    alike = min(found["not_worse"], found["not_better"])
    return (
        f"evidence for a difference is {best:.1f}, {DIFFERENT:.0f} is needed; for none "
        f"{alike:.1f}, {ALIKE:.0f} is needed. Longer windows (--duration) scatter less; a wider "
        "--threshold needs less"
    )


def _change(metric: Quantity, finding: Finding) -> str:
    if finding.median is None:
        return ""
    middle = _signed(metric, finding.median)
    if finding.interval is None:
        return f"; median change {_text(metric, middle)}"
    low, high = _ends(metric, finding.interval)
    level = format_percent(finding.interval.level)
    ends = f"{_text(metric, low)} to {_text(metric, high)}"
    return f"; median change {_text(metric, middle)} ({level} interval at any look: {ends})"


def _aside(pairs: Pairs, finding: Finding) -> str:
    parts = []
    if pairs.dropped:
        was = plural(pairs.dropped, "was", "were")
        parts.append(f"{pairs.dropped} {was} left out because the host spoilt a trial")
    if pairs.unknown:
        says = plural(pairs.unknown, "says nothing and counts", "say nothing and count")
        parts.append(f"{pairs.unknown} {says} against every answer")
    if finding.group > 1:
        parts.append(f"neighbours resemble each other, so groups of {finding.group} had to agree")
    return "".join(f"; {part}" for part in parts)


def document(
    question: PairedQuestion, metric: Quantity, pairs: Pairs, finding: Finding
) -> dict[str, Any]:
    """The same as JSON; changes are those of b against a, relative or in points."""
    ends = finding.interval and _ends(metric, finding.interval)
    return {
        "a": cell_text(question.a),
        "b": cell_text(question.b),
        "sysctl": question.sysctl,
        "metric": metric.title,
        "scale": str(metric.scale),
        "better": str(metric.better),
        "margin": question.margin,
        "verdict": finding.verdict and str(finding.verdict),
        "change": _finite(_signed(metric, finding.median)),
        "interval": [_finite(end) for end in ends] if ends else None,
        "level": finding.interval and finding.interval.level,
        "pairs": pairs.measured,
        "most_pairs": question.pairs,
        "dropped": pairs.dropped,
        "unknown": pairs.unknown,
        "group": finding.group,
        "evidence": _rounded(finding.evidence),
    }


def margin_of(metric: Quantity, margin: float) -> float:
    """The margin on the metric's own axis."""
    return math.log1p(margin) if metric.scale is Scale.RATIO else margin


def _signed(metric: Quantity, distance: float | None) -> float | None:
    """A distance, of which more is worse, as the change of the metric itself."""
    if distance is None:
        return None
    return metric.change(-distance if metric.better is Better.HIGHER else distance)


def _ends(metric: Quantity, interval: Interval) -> tuple[float | None, float | None]:
    ends = _signed(metric, interval.low), _signed(metric, interval.high)
    return ends[::-1] if metric.better is Better.HIGHER else ends


def _text(metric: Quantity, change: float | None) -> str:
    return "-" if change is None else metric.change_text(change)


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _rounded(found: Mapping[str, float]) -> dict[str, float]:
    return {name: round(value, 3) for name, value in found.items()}
