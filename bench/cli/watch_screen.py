"""What ``bench watch`` shows: a table on a terminal, lines elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from bench.units import format_count, format_duration, format_percent
from bench.watch.answer import not_watched
from bench.watch.document import (
    CallbackFigures,
    Figures,
    MapFigures,
    Requests,
    WatchDocument,
)
from bench.words.escape import printable
from bench.words.plurals import counted

UNKNOWN = "-"
NOTHING = "No bpf_timer fired"
MOST_HELD = 2
Row = tuple[str, ...]
FIRED = ("fired/s", "late p50", "late p99", "late max", "batch", "idle", "task", "ksoftirqd")
STARTED = ("starts/s", "pushed/s", "cancels/s", "elsewhere")
RUN = ("run p50", "run p99", "run CPU")
ASKED = ("asked/s", "ahead p50", "ahead p99", "queued p99")
TEXTS = ("map", "program / callback", "held by")
WORD = 9
"""Narrowest column of text: most words are no longer."""
NARROW, WIDE = 100, 130
SPARED = ("idle", "task")
SPARED_FIRST = ("batch", "elsewhere", "age")
SPARED_LAST = ("held by",)
UNLIMITED = 10_000


def titles(document: WatchDocument) -> list[str]:
    """Columns: of what is not watched there are none."""
    found = ["map", "program / callback", *FIRED]
    if "started_hz" not in document.unknown:
        found += STARTED
    if "run" not in document.unknown:
        found += RUN
    if _requests_shown(document):
        found += ASKED
    if "armed" not in document.unknown:
        found.append("armed")
    return [*found, "age", "held by"]


def rows(document: WatchDocument) -> Iterator[Row]:
    """A row for each map and callback, the busiest map first."""
    for found in document.maps:
        callbacks: Sequence[CallbackFigures | None] = found.callbacks or [None]
        for callback in callbacks:
            yield _row(document, found, callback)
    if document.other:
        yield _cells(document, "other", "", document.other, (UNKNOWN, UNKNOWN, UNKNOWN))


def _row(document: WatchDocument, found: MapFigures, callback: CallbackFigures | None) -> Row:
    name = f"{found.id} {printable(found.name or UNKNOWN)}" + ("" if found.present else " (gone)")
    called = UNKNOWN
    if callback is not None:
        function = printable(callback.callback or UNKNOWN)
        called = f"{printable(callback.program_name or callback.program)} / {function}"
    armed = UNKNOWN if found.armed is None else f"{found.armed:,}"
    age = UNKNOWN if callback is None else age_text(callback.loaded_s)
    return _cells(document, name, called, callback or found, (armed, age, _held(found)))


def age_text(seconds: float | None) -> str:
    """Whole units, of which there are always some: ``119s``, ``119min``, ``47h``, ``3d``."""
    if seconds is None:
        return UNKNOWN
    sizes = (("d", 86_400), ("h", 3_600), ("min", 60))
    unit, size = next(((u, s) for u, s in sizes if seconds >= 2 * s), ("s", 1))
    return f"{int(seconds / size)}{unit}"


def _held(found: MapFigures) -> str:
    names = [
        printable(each.name) + ("" if each.pid is None else f" ({each.pid})")
        for each in found.held_by
    ]
    more = len(names) - MOST_HELD
    return ", ".join(names[:MOST_HELD]) + (f" and {more} more" if more > 0 else "") or UNKNOWN


def _cells(
    document: WatchDocument, name: str, called: str, of: Figures, ends: tuple[str, str, str]
) -> Row:
    """``ends``: armed timers, age of the program, holders of the map."""
    armed, *ending = ends
    late, venue = of.lateness, of.venue
    recorded = venue.idle + venue.task + venue.ksoftirqd
    shares = (venue.idle, venue.task, venue.ksoftirqd)
    cells = [name, called, format_count(of.fired_hz)]
    cells += [format_duration(value) for value in (late.p50_ns, late.p99_ns, late.max_ns)]
    cells.append(format_count(of.batch))
    cells += [format_percent(each / recorded) if recorded else UNKNOWN for each in shares]
    if "started_hz" not in document.unknown:
        cells += map(format_count, (of.started_hz, of.pushed_back_hz, of.cancelled_hz))
        cells.append(format_percent(of.elsewhere_share))
    if "run" not in document.unknown and of.run is not None:
        cells += [format_duration(of.run.p50_ns), format_duration(of.run.p99_ns)]
        cells.append(format_percent(of.run_cpu_share))
    if _requests_shown(document):
        cells += _asked_cells(of.requests)
    if "armed" not in document.unknown:
        cells.append(armed)
    return (*cells, *ending)


def _requests_shown(document: WatchDocument) -> bool:
    """Whether they were asked for: what the kernel refuses is shown as unknown."""
    return document.unknown.get("requests") != not_watched("requests")


def _asked_cells(of: Requests | None) -> list[str]:
    if of is None:
        return [UNKNOWN] * len(ASKED)
    times = (of.ahead.p50_ns, of.ahead.p99_ns, of.queued.p99_ns)
    return [format_count(of.hz), *map(format_duration, times)]


def screen(document: WatchDocument, *, own: bool = True) -> RenderableType:
    """The table, and below it what watching cost, unless that is said otherwise."""
    found = list(rows(document))
    parts: list[RenderableType] = [Text(headline(document), style="bold")]
    if found:
        parts.append(_Table(titles(document), found))
    if own:
        parts.append(Text(own_line(document), style="dim"))
    return Group(*parts)


@dataclass(frozen=True, slots=True)
class _Table:
    """The rows; on a narrow terminal without the columns that it can be read without.

    Where it does not fit even so, the same in words: a table that is cut would hide figures.
    """

    columns: Sequence[str]
    found: Sequence[Row]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        spared: tuple[str, ...] = SPARED_FIRST if options.max_width < WIDE else ()
        spared += SPARED if options.max_width < NARROW else ()
        for left_out in (spared, spared + SPARED_LAST):
            kept = [place for place, title in enumerate(self.columns) if title not in left_out]
            # Texts may be broken anywhere, such as long paths: a word is what each needs at least.
            least = self._table(kept, lambda text: text[:WORD])
            needed = Measurement.get(console, options.update(max_width=UNLIMITED), least).minimum
            if needed <= options.max_width:
                yield self._table(kept, str)
                return
        yield from (Text(line) for line in _row_lines(self.columns, self.found))

    def _table(self, kept: Sequence[int], shortened: Callable[[str], str]) -> Table:
        texts = {place for place in kept if self.columns[place] in TEXTS}
        table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
        for place in kept:
            title = self.columns[place]
            if place in texts:
                table.add_column(title, min_width=WORD, overflow="fold")
            else:
                # Else rich measures a title of two words as the longer one, and cuts it.
                widest = max(map(cell_len, (title, *(row[place] for row in self.found))))
                table.add_column(title, justify="right", no_wrap=True, min_width=widest)
        for row in self.found:
            cells = (shortened(row[at]) if at in texts else row[at] for at in kept)
            table.add_row(*map(Text, cells))
        return table


def headline(document: WatchDocument) -> str:
    """How much fired in all, or that nothing did."""
    fired = sum(found.fired_hz for found in document.maps)
    if document.other:
        fired += document.other.fired_hz
    length = format_duration(document.duration_ns)
    if not fired:
        return f"{NOTHING} within {length}; {counted(len(document.maps), 'map')} could hold some."
    batch = UNKNOWN if document.batch is None else f"{document.batch:.3g}"
    return (
        f"{format_count(fired)} callbacks/s within {length} in "
        f"{counted(len(document.maps), 'map')}, {batch} a HRTIMER softirq"
    )


def lines(document: WatchDocument) -> Iterator[str]:
    """The same as lines of words, each with its title, for what is no terminal."""
    yield headline(document)
    yield from _row_lines(titles(document), list(rows(document)))


def _row_lines(columns: Sequence[str], found: Sequence[Row]) -> Iterator[str]:
    for row in found:
        figures = zip(columns[2:], row[2:], strict=True)
        yield f"map {row[0]}, {row[1]}: " + ", ".join(f"{what} {text}" for what, text in figures)


def own_line(document: WatchDocument) -> str:
    """What watching cost, measured here."""
    own = document.own
    memory = f"{own.memory_bytes / (1 << 20):.3g} MiB of counters"
    if own.event_ns is None:
        return f"Own cost: {UNKNOWN} ({document.unknown['event_ns']}); {memory}"
    return (
        f"Own cost: {format_duration(own.event_ns)} at each of {counted(own.events, 'event')}, "
        f"{format_percent(own.cpu_share)} of one CPU ({own.timed:,} of them timed); {memory}"
    )


def print_lines(console: Console, document: WatchDocument) -> None:
    """Print one interval's lines."""
    for line in lines(document):
        console.print(Text(line), soft_wrap=True)
