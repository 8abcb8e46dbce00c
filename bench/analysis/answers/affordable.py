"""How many connections a share of one CPU pays for, by timeout and engine, in words. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from math import inf, isinf

from bench.analysis.answers.each_connection import has_connections
from bench.analysis.answers.missing import engines_of, without_cost
from bench.analysis.answers.points import Point, engine_name, is_one, points
from bench.analysis.answers.question import Asked, Said
from bench.analysis.estimate import Estimate
from bench.analysis.figure_text import WITHIN_NOISE, brief, ends_text
from bench.quantities.total_cost import TOTAL_CPU
from bench.spec import Engine
from bench.units import NS_PER_S, format_count, format_percent
from bench.words.axes import TIMEOUT

BUDGET = 0.10
"""Share of one CPU that is spent."""
Measured = list[tuple[float, Estimate]]
"""What an engine costs, by the rate of connections, lowest first."""


def has_rates(asked: Asked) -> bool:
    """Whether the sweep has a timer for each connection at several rates."""
    rates = {row.cell.load_hz for row in asked.plain if is_one(row.cell)}
    return has_connections(asked) and len(rates) > 1


def affordable(asked: Asked) -> list[Said]:
    """A part for each timeout, shortest first."""
    hosts: dict[str, list[Point]] = {}
    for point in points(asked.rows):
        hosts.setdefault(point.rows[0].host, []).append(point)
    return [line for host, found in hosts.items() for line in _of_host(host, found)]


def _of_host(host: str, found: Sequence[Point]) -> Iterator[Said]:
    timeouts: dict[str, list[Point]] = {}
    for point in found:
        timeouts.setdefault(TIMEOUT.of(point.cell), []).append(point)
    known = {timeout: engines for timeout, at in timeouts.items() if (engines := _engines(at))}
    if not known:
        return
    words = f"{host}: " if host else ""
    paid = f"{words}{format_percent(BUDGET)} of one CPU pays for so many connections/s"
    text = f"{paid}, interpolated only between rates that were measured:"
    parts = [
        _part(timeout, timeouts[timeout], engines, found) for timeout, engines in known.items()
    ]
    timers = {
        timeout: _bound(measured)
        for timeout, engines in known.items()
        if (measured := engines.get(Engine.BPF_TIMER))
    }
    yield Said(text, tuple(parts), _verdict(words, timers))


def _verdict(host: str, timers: Mapping[str, str | None]) -> str:
    """Rates of bpf_timers at each timeout, without intervals; empty if none is known."""
    known = [(rate, timeout) for timeout, rate in timers.items() if rate]
    if not known:
        return ""
    (rate, timeout), *others = known
    first = f"{rate} connections/s at timeouts of {timeout}"
    listed = ", ".join([first, *(f"{rate} at {timeout}" for rate, timeout in others)])
    return f"{host}With bpf_timer {listed}, for {format_percent(BUDGET)} of one CPU."


def _seconds(group: Sequence[Point]) -> float:
    return group[0].cell.stated_timeout_ns / NS_PER_S


def _engines(group: Sequence[Point]) -> dict[str, Measured]:
    """Costs of each engine at each rate."""
    engines: dict[str, Measured] = {}
    for point in group:
        for row in point.rows:
            if row.ok and (share := row.get(TOTAL_CPU)):
                known = engines.setdefault(engine_name(row, point.rows), [])
                known.append((row.cell.load_hz or 0.0, share))
    return {name: sorted(known, key=lambda each: each[0]) for name, known in engines.items()}


def _part(
    timeout: str,
    group: Sequence[Point],
    engines: Mapping[str, Measured],
    among: Sequence[Point],
) -> str:
    found = (f"{name} {_rate_text(known, _seconds(group))}" for name, known in engines.items())
    lacking = (f"{names} - ({why})" for names, why in without_cost(group, engines_of(among)))
    return f"timeouts of {timeout}: {'; '.join([*found, *lacking])}"


def _rate_text(known: Measured, seconds: float) -> str:
    """The bound, with how certain it is."""
    bound, middle = _bound(known), _middle(known)
    if bound is None:
        return f"not known ({_contradiction(known)})"
    if len(known) == 1:
        return f"{bound} ({_taken(*known[0])})"
    if not middle or isinf(middle):
        return bound
    lowest, highest = known[0][0], known[-1][0]
    ends = (_crossing(known, "high", last=False), _crossing(known, "low", last=True))
    low, high = (_end(rate, lowest, highest) for rate in ends)
    return f"{bound} ({low} to {high}), {format_count(middle * seconds)} live"


def _bound(known: Measured) -> str | None:
    """Between the rates measured on both sides of the budget, never beyond.

    None where more connections were measured to cost less than fewer: that is no answer.
    """
    (lowest, share), (highest, _) = known[0], known[-1]
    if len(known) == 1 and share.low <= BUDGET < share.high:
        return f"about {format_count(lowest)}"
    if len(known) == 1:
        return f"{'fewer than' if share.low > BUDGET else 'over'} {format_count(lowest)}"
    middle = _middle(known)
    if middle is None:
        return None
    if not middle or isinf(middle):
        return f"over {format_count(highest)}" if middle else f"fewer than {format_count(lowest)}"
    return format_count(middle)


def _middle(known: Measured) -> float | None:
    """Where the medians cross the budget; None where they do so several times."""
    below, above = (_crossing(known, "median", last=last) for last in (False, True))
    return below if below == above else None


def _taken(rate: float, share: Estimate) -> str:
    noise = f", {WITHIN_NOISE}" if share.spans_zero else ""
    figure = ends_text(TOTAL_CPU, share) or TOTAL_CPU.text(share.median)
    return f"{format_count(rate)} take {figure}{noise}"


def _crossing(known: Measured, end: str, *, last: bool) -> float:
    """Rate at which the costs cross the budget: 0 if all exceed it, infinite if none does.

    Args:
        end: Of each cost: its median, or an end of its interval.
        last: Above it nothing is affordable; else below it everything is.
    """
    costs = ((rate, float(getattr(share, end))) for rate, share in known)
    line = [(0.0, -inf), *costs, (inf, inf)]
    steps = [pair for pair in pairwise(line) if pair[0][1] <= BUDGET < pair[1][1]]
    (lower, low), (upper, high) = steps[-1 if last else 0]
    if isinf(low) or isinf(upper):
        return 0.0 if isinf(low) else inf
    return lower + (upper - lower) * (BUDGET - low) / (high - low)


def _contradiction(known: Measured) -> str:
    """The lowest rate that costs more than the budget, and the highest that costs less."""
    dearer = next(each for each in known if each[1].median > BUDGET)
    cheaper = next(each for each in reversed(known) if each[1].median <= BUDGET)
    both = (f"{brief(TOTAL_CPU, e)} at {format_count(rate)}" for rate, e in (dearer, cheaper))
    return f"costs do not rise with the rate: {', '.join(both)}"


def _end(rate: float, lowest: float, highest: float) -> str:
    if not rate:
        return f"below {format_count(lowest)}"
    return f"above {format_count(highest)}" if rate == inf else format_count(rate)
