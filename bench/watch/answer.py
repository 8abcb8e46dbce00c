"""From what was seen to the document: figures by map, and by callback within a map."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bench.abi import VENUES
from bench.units import NS_PER_S
from bench.watch.census import TimerMap
from bench.watch.counts import OTHER, Counts, Group, OwnCost, total
from bench.watch.document import (
    FORMAT,
    CallbackFigures,
    Figures,
    HeldBy,
    MapFigures,
    Own,
    Requests,
    Venues,
    WatchDocument,
)
from bench.watch.names import Names
from bench.watch.session import Seen
from bench.watch.switches import Switches

STARTS = ("started_hz", "pushed_back_hz", "cancelled_hz", "elsewhere_share")
RUNS = ("run", "run_cpu_share")


def not_watched(switch: str) -> str:
    """Why a field is None that an option would have watched."""
    return f"not watched: --{switch} does"


@dataclass(frozen=True, slots=True)
class Asked:
    """What the figures are of.

    Attributes:
        kernel: Its release.
        begun: UTC.
        switches: What was watched.
        requests_refused: Why requests were not watched although they were asked for.
        count_armed: Whether armed timers were counted.
        memory_bytes: Of all counters.
        wanted: Whether a map is meant.
        program: Whether a program is meant.
    """

    kernel: str
    begun: str
    switches: Switches
    requests_refused: str | None
    count_armed: bool
    memory_bytes: int
    wanted: Callable[[TimerMap, Seen], bool]
    program: Callable[[int, str | None], bool]


def answer(seen: Seen, asked: Asked, names: Names) -> WatchDocument:
    """The document."""
    fired = sum(each.fired for each in seen.counts.values())
    other = seen.counts.get(OTHER)
    maps = [_map(number, seen, asked, names) for number in _wanted(seen, asked, names)]
    return WatchDocument(
        format=FORMAT,
        kernel=asked.kernel,
        begun=asked.begun,
        duration_ns=seen.duration_ns,
        hooks=asked.switches.programs,
        sample=asked.switches.sample,
        batch=fired / seen.softirqs if seen.softirqs and fired else None,
        maps=sorted(maps, key=lambda found: (-found.fired, found.id)),
        other=Figures(**_figures(other, seen, asked.switches)) if other else None,
        own=_own(seen.own, seen.duration_ns, asked.memory_bytes),
        unknown=_unknown(asked, seen),
    )


def _wanted(seen: Seen, asked: Asked, names: Names) -> list[int]:
    """Maps that exist, and those of which something came although they are gone."""
    known = seen.maps | seen.gone
    numbers = dict.fromkeys([*seen.maps, *(g.map_id for g, c in seen.counts.items() if c.fired)])
    numbers.pop(OTHER.map_id, None)
    return [
        number
        for number in numbers
        if asked.wanted(known.get(number) or unnamed(number), seen)
        and any(asked.program(*called) for called in _programs(number, seen, names))
    ]


def _programs(number: int, seen: Seen, names: Names) -> list[tuple[int, str | None]]:
    programs = {group.program for group in seen.counts if group.map_id == number}
    found = {each: names.program(each) for each in programs}
    return [(each, known.name if known else None) for each, known in found.items()] or [(0, None)]


def unnamed(number: int) -> TimerMap:
    """A map that went before anybody could look at it."""
    return TimerMap(number, "", "", 0, 0, 0, 0, 0, 0)


def _map(number: int, seen: Seen, asked: Asked, names: Names) -> MapFigures:
    groups = [
        group
        for group in seen.counts
        if group.map_id == number and asked.program(group.program, _name(group.program, names))
    ]
    known = seen.maps.get(number) or seen.gone.get(number)
    holders = seen.holders.get(number, ())
    return MapFigures(
        **_figures(total(seen.counts[group] for group in groups), seen, asked.switches),
        id=number,
        name=known.name if known else None,
        type=known.kind if known else None,
        max_entries=known.max_entries if known else None,
        present=number in seen.maps,
        held_by=[HeldBy(pid=each.pid, name=each.name) for each in holders],
        armed=seen.armed.get(number),
        callbacks=[_callback(group, seen, asked, names) for group in groups],
    )


def _name(program: int, names: Names) -> str | None:
    found = names.program(program)
    return found.name if found else None


def _callback(group: Group, seen: Seen, asked: Asked, names: Names) -> CallbackFigures:
    program = names.program(group.program)
    now = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
    return CallbackFigures(
        **_figures(seen.counts[group], seen, asked.switches),
        program=group.program,
        program_name=program.name if program else None,
        callback=names.callback(group.program, group.callback),
        loaded_s=round((now - program.loaded_ns) / NS_PER_S, 1) if program else None,
    )


def _figures(counts: Counts, seen: Seen, switches: Switches) -> dict[str, Any]:
    seconds = seen.duration_ns / NS_PER_S

    def rate(number: int) -> float | None:
        return number / seconds if switches.starts else None

    return {
        "fired": counts.fired,
        "fired_hz": counts.fired / seconds,
        "lateness": counts.lateness.summary(),
        "venue": Venues(**dict(zip(VENUES, counts.venue, strict=True))),
        "batch": counts.fired / counts.softirqs if counts.softirqs else None,
        "unread_clock": counts.other_clock,
        "started_hz": rate(counts.started),
        "pushed_back_hz": rate(counts.pushed_back),
        "cancelled_hz": rate(counts.cancelled),
        "elsewhere_share": _elsewhere(counts) if switches.starts else None,
        "run": counts.runs.summary() if switches.runs else None,
        "run_cpu_share": counts.runs.total_ns / seen.duration_ns if switches.runs else None,
        "requests": _requests(counts, seconds) if switches.requests else None,
    }


def _requests(counts: Counts, seconds: float) -> Requests:
    return Requests(
        hz=counts.requested / seconds,
        ahead=counts.ahead.summary(),
        queued=counts.queued.summary(),
    )


def _elsewhere(counts: Counts) -> float | None:
    starts = counts.started + counts.pushed_back
    return counts.elsewhere / starts if starts else None


def _own(own: OwnCost, duration_ns: int, memory_bytes: int) -> Own:
    mean = own.mean_ns
    return Own(
        events=own.events,
        timed=own.timed,
        event_ns=mean,
        cpu_share=None if mean is None else mean * own.events / duration_ns,
        memory_bytes=memory_bytes,
    )


def _unknown(asked: Asked, seen: Seen) -> dict[str, str]:
    found: dict[str, str] = {}
    if not asked.switches.starts:
        found |= dict.fromkeys(STARTS, not_watched("starts"))
    if not asked.switches.runs:
        found |= dict.fromkeys(RUNS, not_watched("runs"))
    if not asked.switches.requests:
        found["requests"] = asked.requests_refused or not_watched("requests")
    if not asked.count_armed:
        found["armed"] = "not counted: --armed walks all entries at each interval"
    if not seen.own.timed:
        found |= dict.fromkeys(("event_ns", "cpu_share"), "too few events to time one in 64")
    return found
