"""The counters in a file that others read: it is there in full, or as it was."""

from __future__ import annotations

from pathlib import Path

from bench.store.disk import write_atomically
from bench.watch.counts import OTHER, Counts, Group
from bench.watch.names import Names
from bench.watch.openmetrics import Labels, text_of
from bench.watch.session import Seen


def write_openmetrics(path: Path, whole: Seen, names: Names) -> None:
    """Write what was seen since the begin.

    Raises:
        BenchError: The file cannot be written.
    """
    counts: dict[Labels, Counts] = {
        _labels(group, whole, names): each for group, each in whole.counts.items()
    }
    write_atomically(path, text_of(counts).encode())


def _labels(group: Group, whole: Seen, names: Names) -> Labels:
    if group == OTHER:
        return (("map", "other"),)
    table = whole.maps.get(group.map_id) or whole.gone.get(group.map_id)
    program = names.program(group.program)
    return (
        ("map", table.name if table else ""),
        ("map_id", str(group.map_id)),
        ("program", program.name if program else ""),
        ("program_id", str(group.program)),
        ("callback", names.callback(group.program, group.callback) or ""),
    )
