"""The armed timers for a terminal or a file."""

from __future__ import annotations

from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bench.units import format_duration
from bench.watch.armed import MapRow, TimerRow
from bench.words.escape import printable
from bench.words.plurals import counted

UNKNOWN = "-"
NO_MAPS = "No map on this host can hold a bpf_timer."


def print_timers(console: Console, rows: Sequence[MapRow]) -> None:
    """Print each map with the timers of it that are shown."""
    if not rows:
        console.print(NO_MAPS)
    for row in rows:
        console.print(Text(_title(row), style="bold"), soft_wrap=True)
        if row.timers:
            console.print(_table(row.timers))
    total = sum(row.armed or 0 for row in rows)
    if rows:
        console.print(f"{counted(total, 'timer')} armed in {counted(len(rows), 'map')}.")


def _title(row: MapRow) -> str:
    table = row.table
    entries = counted(table.max_entries, "entry", "entries")
    what = f"map {table.id} {printable(table.name)} ({table.kind}, {entries})"
    if row.armed is None:
        return f"{what}: gone meanwhile"
    if not table.users:
        return f"{what}: nobody holds it, so no timer of it can be armed"
    shown = len(row.timers)
    which = f", the {shown:,} due first" if shown < row.armed else ""
    return f"{what}: {counted(row.armed, 'timer')} armed{which}"


def _table(timers: Sequence[TimerRow]) -> Table:
    table = Table(box=SIMPLE_HEAD)
    for title in ("due in", "CPU", "clock", "program", "callback", "key"):
        justify = "right" if title in ("due in", "CPU") else "left"
        table.add_column(title, justify=justify, overflow="fold")  # type: ignore[arg-type]
    for timer in timers:
        table.add_row(*map(Text, _cells(timer)))
    return table


def _cells(timer: TimerRow) -> tuple[str, ...]:
    program = f"{timer.program} {printable(timer.program_name or UNKNOWN)}"
    callback = printable(timer.callback or UNKNOWN)
    return _due(timer), str(timer.cpu), timer.clock, program, callback, _key(timer)


def _due(timer: TimerRow) -> str:
    if timer.expires_in_ns < 0:
        return f"late {format_duration(-timer.expires_in_ns)}"
    return format_duration(timer.expires_in_ns)


def _key(timer: TimerRow) -> str:
    cut = " ..." if timer.key_bytes * 2 > len(timer.key_hex) else ""
    return printable(timer.key) if timer.key is not None else f"0x{timer.key_hex}{cut}"
