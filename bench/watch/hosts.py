"""What ``bench watch`` saw on several hosts, side by side: where are timers late?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from bench.units import format_count, format_duration, format_percent
from bench.watch.document import MapFigures, WatchDocument, parse
from bench.words.escape import table
from bench.words.plurals import counted

TITLES = (
    *("host", "kernel", "map", "callback", "fired/s", "late p50", "late p99", "late max"),
    *("idle", "task", "ksoftirqd", "held by"),
)
FIRST_NUMBER = 4
UNKNOWN = "-"
_TROUBLE = TypeAdapter(dict[str, str])


@dataclass(frozen=True, slots=True)
class HostWatched:
    """One host.

    Attributes:
        document: What it answered; None if it gave no answer.
        trouble: Why.
    """

    name: str
    document: WatchDocument | None
    trouble: str = ""


def read_hosts(folder: Path, names: Sequence[str] = ()) -> list[HostWatched]:
    """The answers in a folder, ``HOST.json``; of all hosts there, or of those named."""
    found = names or sorted(path.stem for path in folder.glob("*.json"))
    return [_read(folder / f"{name}.json") for name in found]


def _read(path: Path) -> HostWatched:
    try:
        text = path.read_bytes()
    except OSError as error:
        return HostWatched(path.stem, None, f"{path}: {error.strerror}")
    try:
        return HostWatched(path.stem, parse(text))
    except ValidationError as error:
        return HostWatched(path.stem, None, _trouble(text) or f"no document: {_first(error)}")


def _trouble(text: bytes) -> str:
    try:
        return " ".join(_TROUBLE.validate_json(text).get("trouble", "").split())
    except ValidationError:
        return ""


def _first(error: ValidationError) -> str:
    first = error.errors()[0]
    return f"{'.'.join(map(str, first['loc'])) or 'it'}: {first['msg']}"


def report(hosts: Sequence[HostWatched]) -> str:
    """The answer, a row for each map of each host, and the hosts without an answer."""
    seen = sorted(_maps(hosts), key=_order)
    parts = [_answer(hosts, seen)]
    if seen:
        rows = [_row(host, kernel, found) for host, kernel, found in seen]
        parts.append(table(TITLES, rows, right=range(FIRST_NUMBER, len(TITLES) - 1)))
    silent = [
        f"- {host.name}: no bpf_timer fired within {format_duration(host.document.duration_ns)}"
        for host in hosts
        if host.document is not None and not any(each.fired for each in host.document.maps)
    ]
    failed = [f"- {host.name}: {host.trouble}" for host in hosts if host.document is None]
    parts += ["\n".join(lines) for lines in (silent, failed) if lines]
    return "\n\n".join(parts) + "\n"


Seen = tuple[str, str, MapFigures]


def _maps(hosts: Sequence[HostWatched]) -> Iterator[Seen]:
    for host in hosts:
        if host.document is not None:
            for found in host.document.maps:
                if found.fired:
                    yield host.name, host.document.kernel, found


def _order(seen: Seen) -> tuple[int, int, str, int]:
    """The latest first: by p99 where the sample carries it, then by p50."""
    name, _, found = seen
    late = found.lateness
    return -(late.p99_ns or 0), -(late.p50_ns or 0), name, found.id


def _answer(hosts: Sequence[HostWatched], seen: Sequence[Seen]) -> str:
    answered = sum(host.document is not None for host in hosts)
    of = f"{answered} of {counted(len(hosts), 'host')} answered"
    carried = [each for each in seen if each[2].lateness.p99_ns is not None]
    if not carried:
        return f"{of}; no map fired often enough for a 99th percentile."
    name, _, worst = carried[0]
    held = ", ".join(each.name for each in worst.held_by) or "nobody"
    late = format_duration(worst.lateness.p99_ns)
    return (
        f"{of}. The latest timers are those of map {worst.name or worst.id} on {name}: one in a "
        f"hundred of {counted(worst.fired, 'callback')} came {late} late "
        f"or later. The map is held by {held}."
    )


def _row(host: str, kernel: str, found: MapFigures) -> tuple[str, ...]:
    late, venue = found.lateness, found.venue
    recorded = venue.idle + venue.task + venue.ksoftirqd
    shares = (venue.idle, venue.task, venue.ksoftirqd)
    called = ", ".join(
        dict.fromkeys(each.callback or each.program_name or UNKNOWN for each in found.callbacks)
    )
    return (
        host,
        kernel,
        f"{found.id} {found.name or UNKNOWN}",
        called or UNKNOWN,
        format_count(found.fired_hz),
        *(format_duration(value) for value in (late.p50_ns, late.p99_ns, late.max_ns)),
        *(format_percent(each / recorded) if recorded else UNKNOWN for each in shares),
        ", ".join(each.name for each in found.held_by) or UNKNOWN,
    )
