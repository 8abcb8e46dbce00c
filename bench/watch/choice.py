"""Which maps a user means: by number, by name, or by the path of a pin."""

from __future__ import annotations

from collections.abc import Sequence

from bench.errors import BenchError, quoted
from bench.libbpf.known import pinned_map_id
from bench.watch.census import TimerMap
from bench.words.plurals import counted


def chosen(maps: Sequence[TimerMap], wanted: str | None) -> list[TimerMap]:
    """The maps that are meant; all where nothing is said.

    Args:
        maps: Those that hold timers.
        wanted: Id, name or path; a name may be that of several.

    Raises:
        BenchError: None of them is meant.
    """
    if wanted is None:
        return list(maps)
    found = [table for table in maps if is_meant(table, wanted)]
    if not found:
        raise BenchError(
            f"no map with timers is {quoted(wanted)}: {counted(len(maps), 'map')} on this host "
            "can hold them",
            remedy="Run `bench timers` to see them",
        )
    return found


def is_meant(table: TimerMap, wanted: str | None) -> bool:
    """Whether a map is meant that may come and go; see :func:`chosen`."""
    if wanted is None:
        return True
    number = pinned_map_id(wanted) if "/" in wanted else _number(wanted)
    return table.id == number or _called(table, wanted)


def is_program(program: int, name: str | None, wanted: str | None) -> bool:
    """Whether a program is meant, by its number or name."""
    return wanted is None or _number(wanted) == program or (name is not None and name == wanted)


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() else None


def _called(table: TimerMap, name: str) -> bool:
    # The kernel keeps 15 characters; people have the source before them.
    return table.name == name[:15] and bool(name)
