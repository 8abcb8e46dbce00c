"""Why an engine of a run has no figure at a timeout that others have one at, in words. Pure."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import replace

from bench.analysis.answers.points import Point
from bench.analysis.total_costs import refusal
from bench.quantities.total_cost import TOTAL_CPU
from bench.spec import ENGINES, Engine
from bench.sweep.checks import LONGEST_GO_NS, scan_in_one_go
from bench.units import format_count, format_duration
from bench.words.axes import LOAD, TIMEOUT
from bench.words.plurals import plural

_UNMEASURED = "no such cell in this sweep"
_TOO_LONG = f"one scan would keep a CPU for over {format_duration(LONGEST_GO_NS)}"


def without_cost(here: Sequence[Point], engines: Iterable[Engine]) -> list[tuple[str, str]]:
    """Those of the engines that have no cost at any point ``here``: their names, and why."""
    by_reason: dict[str, list[str]] = {}
    for engine in engines:
        if why := _why(here, engine):
            by_reason.setdefault(why, []).append(engine)
    return [(", ".join(names), why) for why, names in by_reason.items()]


def _why(here: Sequence[Point], engine: Engine) -> str | None:
    rows = [row for point in here for row in point.rows if row.cell.engine == engine]
    if any(row.ok and row.get(TOTAL_CPU) for row in rows):
        return None
    if not rows:
        refused = all(_go(point, engine)[1] > LONGEST_GO_NS for point in here)
        return _TOO_LONG if refused else _UNMEASURED
    return next(filter(None, (refusal(row.shown) for row in rows)), "no valid trial with a cost")


def _unmeasured(here: Sequence[Point], engine: Engine) -> str:
    """The bound of sweeps where a scan exceeds it at each of the points, with figures."""
    goes = [_go(point, engine) for point in here]
    entries, held_ns = min(goes, key=lambda go: go[1])
    if held_ns <= LONGEST_GO_NS:
        return _UNMEASURED
    more = "or more " if any(go != goes[0] for go in goes) else ""
    return (
        f"would look at {format_count(entries)} {plural(entries, 'entry', 'entries')} {more}in one "
        f"go and keep a CPU for {format_duration(held_ns)}, over the bound of "
        f"{format_duration(LONGEST_GO_NS)}"
    )


def missing_lines(found: Sequence[Point]) -> Iterator[str]:
    """Why an engine of the run was not measured everywhere."""
    for engine in engines_of(found):
        gone = [p for p in found if engine not in {row.cell.engine for row in p.rows}]
        unplanned = [p for p in gone if _unmeasured([p], engine) == _UNMEASURED]
        refused = [p for p in gone if p not in unplanned]
        known = {TIMEOUT.of(point.cell) for point in found if point not in gone}
        for group in filter(None, (unplanned, refused)):
            places = dict.fromkeys(_place(point, known) for point in group)
            yield f"no {engine} at {', '.join(places)}: {_unmeasured(group, engine)}"


def _place(point: Point, known: Container[str]) -> str:
    """The timeout, and the rate where others with this timeout were measured."""
    timeout = TIMEOUT.of(point.cell)
    rate = f"{LOAD.of(point.cell)}/s with " if timeout in known else ""
    return f"{rate}a timeout of {timeout}"


def _go(point: Point, engine: Engine) -> tuple[int, int]:
    return scan_in_one_go(replace(point.cell, engine=engine))


def engines_of(points: Sequence[Point]) -> list[Engine]:
    """All of them, in the order of the registry."""
    known = {row.cell.engine for point in points for row in point.rows}
    return sorted(known, key=tuple(ENGINES).index)
